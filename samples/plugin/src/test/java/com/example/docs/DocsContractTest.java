package com.example.docs;

import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.testkit.AwkwardValues;
import dev.ngbak.testkit.StorageContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

/** Runs the storage contract on this plugin. */
class DocsContractTest implements StorageContract {

    @TempDir
    Path temp;

    private int changes;

    private Path folder() {
        return temp.resolve("documents");
    }

    @Override
    public StorageExporter exporter() {
        return new DocsExporter();
    }

    @Override
    public StorageRestorer restorer() {
        return new DocsRestorer();
    }

    @Override
    public Settings settings() {
        return Settings.of(Map.of("DOCS_DIR", folder().toString()));
    }

    @Override
    public Settings deadSettings() {
        return Settings.of(Map.of("DOCS_DIR", "/dev/null"));
    }

    @Override
    public String deadSetting() {
        return "DOCS_DIR";
    }

    /** Returns a small number, because the plugin forces every document to disk, which is slow. */
    @Override
    public int many() {
        return 25;
    }

    @Override
    public void fill(int records, long seed) throws IOException {
        for (Path file : files()) {
            Files.delete(file);
        }
        Random random = new Random(seed);
        for (String namespace : List.of("full_docs", "text chunks", "100%")) {
            Files.createDirectories(folder().resolve(namespace));
        }
        for (int i = 0; i < records; i++) {
            String name = i % 7 + "'; drop%2f " + i + ".json";
            write(folder().resolve(i % 3 == 0 ? "full_docs" : "text chunks").resolve(name), AwkwardValues.anyText(random));
        }
    }

    @Override
    public void change() throws IOException {
        write(files().get(0), "{\"changed\": " + changes++ + "}");
    }

    @Override
    public Object contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        for (Path file : files()) {
            contents.put(folder().relativize(file).toString(), Files.readString(file));
        }
        return contents;
    }

    @Override
    public void fillForeign() throws IOException {
        write(folder().resolve("README.json"), "beside the documents");
        write(folder().resolve(".git").resolve("HEAD"), "hidden");
    }

    @Override
    public Object foreign() throws IOException {
        return List.of(
                Files.readString(folder().resolve("README.json")),
                Files.readString(folder().resolve(".git").resolve("HEAD")));
    }

    @Override
    public void remove() throws IOException {
        for (Path file : files()) {
            Files.delete(file);
        }
        for (String left : List.of("full_docs", "text chunks", "100%", "")) {
            Files.delete(folder().resolve(left));
        }
    }

    private static void write(Path file, String content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    /** Returns all documents, and files in hidden folders that a restore left behind. */
    private List<Path> files() throws IOException {
        if (!Files.exists(folder())) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder())) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.getParent().equals(folder()))
                    .filter(file -> !file.getParent().endsWith(".git"))
                    .sorted()
                    .toList();
        }
    }
}
