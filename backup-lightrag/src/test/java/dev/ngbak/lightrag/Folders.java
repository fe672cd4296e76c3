package dev.ngbak.lightrag;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Copies, compares and deletes folders. The sample was written by LightRAG itself: see samples/lightrag. */
final class Folders {

    static final Path SAMPLE = Path.of("../samples/lightrag/rag_storage");

    private Folders() {}

    /** Returns the content of all files below a folder whose relative paths match. */
    static Map<String, String> contents(Path folder, Predicate<String> path) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    String relative = folder.relativize(file).toString();
                    if (path.test(relative)) {
                        contents.put(relative, Files.readString(file, StandardCharsets.ISO_8859_1));
                    }
                }
            }
        }
        return contents;
    }

    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
    }

    static void write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
