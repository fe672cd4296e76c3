package com.example.docs;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The store: a folder with one folder for each namespace, and in it one file for each key, {@code <key>.json}. In scope are
 * the folders, whole. Files beside them, and whatever begins with a dot, belong to others.
 */
record DocsFolder(Path path) {

    static final String SETTING = "DOCS_DIR";
    static final String FORM = "documents";
    private static final String SUFFIX = ".json";
    private static final int LONGEST_NAME = 255;
    /** File times have the grain of the kernel's tick: two writes within one leave the same time. */
    private static final Duration GRAIN = Duration.ofMillis(50);

    private static final int MOST_LOOKS = 40;

    static DocsFolder from(Settings settings) {
        if (settings.text(SETTING, null) == null) {
            throw new BackupException(Kind.INVALID, SETTING + " is not set", "Set it to the folder of the documents");
        }
        Path path = settings.path(SETTING, "");
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw Settings.unusable(SETTING, path.toString(), "a folder");
        }
        return new DocsFolder(path);
    }

    StoreInfo info() {
        return new StoreInfo("Folder of documents", "1", FORM, Map.of(SETTING, path.toString()), -1);
    }

    /** The same text for the same folder, by whatever name it is reached. */
    String target() {
        try {
            return "documents in " + path.toRealPath();
        } catch (IOException e) {
            return "documents in " + path.toAbsolutePath().normalize();
        }
    }

    /** The folders in scope; none where there is no folder at all. */
    List<Path> namespaces() throws IOException {
        List<Path> namespaces = children(path);
        namespaces.removeIf(child -> !Files.isDirectory(child) || name(child).startsWith("."));
        return namespaces;
    }

    /** The documents of a namespace, in the order of their keys. What this program cannot carry is an error, and never passed over. */
    static List<Path> documents(Path namespace) throws IOException {
        List<Path> documents = children(namespace);
        for (Path file : documents) {
            if (!Files.isRegularFile(file) || !name(file).endsWith(SUFFIX) || !isName(name(file))) {
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        name(namespace) + "/" + name(file) + " in " + SETTING + " is no document",
                        "Move it out of the folders of documents");
            }
        }
        documents.sort(Comparator.comparing(DocsFolder::key));
        return documents;
    }

    static String name(Path file) {
        return file.getFileName().toString();
    }

    static String key(Path document) {
        return name(document).substring(0, name(document).length() - SUFFIX.length());
    }

    static String fileName(String key) {
        return key + SUFFIX;
    }

    /** Whether a text out of an archive, which anybody may have made, is the name of a file and not a way to another place. */
    static boolean isName(String text) {
        return !text.isEmpty()
                && !text.startsWith(".")
                && text.chars().noneMatch(c -> c == '/' || c == '\\' || c == 0)
                && text.getBytes(StandardCharsets.UTF_8).length <= LONGEST_NAME;
    }

    /** Looks again until the last write is so long ago that another one would show. */
    ChangeMarker marker() throws IOException {
        try {
            for (int i = 0; i < MOST_LOOKS; i++) {
                StringBuilder text = new StringBuilder();
                FileTime newest = FileTime.fromMillis(0);
                for (Path file : watched()) {
                    // No program can set the time of a file's last change, as it can the other ones.
                    FileTime changed = (FileTime) Files.getAttribute(file, "unix:ctime");
                    newest = changed.compareTo(newest) > 0 ? changed : newest;
                    text.append(file).append(' ').append(changed).append('\n');
                }
                if (newest.toInstant().plus(GRAIN).isBefore(Instant.now())) {
                    return new ChangeMarker(text.toString());
                }
                LockSupport.parkNanos(GRAIN.toNanos());
            }
        } catch (NoSuchFileException | UnsupportedOperationException e) {
            return ChangeMarker.UNKNOWN; // files go while we look, or the system has no such time
        }
        return ChangeMarker.UNKNOWN;
    }

    /** A folder tells of files that came and went. */
    private List<Path> watched() throws IOException {
        List<Path> watched = new ArrayList<>(namespaces());
        for (Path namespace : namespaces()) {
            watched.addAll(children(namespace));
        }
        if (Files.exists(path)) {
            watched.add(path);
        }
        return watched;
    }

    private static List<Path> children(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return new ArrayList<>();
        }
        try (Stream<Path> children = Files.list(folder)) {
            return new ArrayList<>(children.sorted().toList());
        }
    }
}
