package com.example.docs;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.SettingSpec;
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
 * The store: a folder that contains one folder per namespace, which contains one file {@code <key>.json} per document. The
 * namespace folders and everything in them are in scope. Other files, and folders whose names begin with a dot, are foreign.
 */
record DocsFolder(Path path) {

    static final SettingSpec DIRECTORY = SettingSpec.path("DOCS_DIR", null, "The folder of the documents.");

    /** A secret, such as a password. Declaring it as secret keeps it out of archives, logs and API responses. */
    static final SettingSpec TOKEN =
            SettingSpec.secret("DOCS_TOKEN", "A token. This sample needs none; it shows how to declare a secret.");
    static final String FORM = "documents";
    private static final String SUFFIX = ".json";
    private static final int MAX_NAME_LENGTH = 255;
    /** Two writes within one tick of the kernel's clock leave the same file time. */
    private static final Duration TIMESTAMP_RESOLUTION = Duration.ofMillis(50);

    private static final int MAX_MARKER_ATTEMPTS = 40;

    static DocsFolder from(Settings settings) {
        DIRECTORY.required(settings);
        Path path = settings.path(DIRECTORY.name(), "");
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw Settings.unusable(DIRECTORY.name(), path.toString(), "a folder");
        }
        return new DocsFolder(path);
    }

    StoreInfo info() {
        return new StoreInfo("Folder of documents", "1", FORM, Map.of(DIRECTORY.name(), path.toString()), -1);
    }

    /** Returns a text that identifies the folder, independent of symbolic links in its path. */
    String target() {
        try {
            return "documents in " + path.toRealPath();
        } catch (IOException e) {
            return "documents in " + path.toAbsolutePath().normalize();
        }
    }

    /** Returns the folders in scope, or an empty list if the store does not exist. */
    List<Path> namespaces() throws IOException {
        List<Path> namespaces = children(path);
        namespaces.removeIf(child -> !Files.isDirectory(child) || name(child).startsWith("."));
        return namespaces;
    }

    /**
     * Returns the documents of a namespace, ordered by key.
     *
     * @throws BackupException {@code INCOMPATIBLE} for anything that is not a document: a backup never skips content
     */
    static List<Path> documents(Path namespace) throws IOException {
        List<Path> documents = children(namespace);
        for (Path file : documents) {
            if (!Files.isRegularFile(file) || !name(file).endsWith(SUFFIX) || !isName(name(file))) {
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        name(namespace) + "/" + name(file) + " in " + DIRECTORY.name() + " is not a document",
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

    /** Returns whether a text from an archive is a plain file name, and not a path. */
    static boolean isName(String text) {
        return !text.isEmpty()
                && !text.startsWith(".")
                && text.chars().noneMatch(c -> c == '/' || c == '\\' || c == 0)
                && text.getBytes(StandardCharsets.UTF_8).length <= MAX_NAME_LENGTH;
    }

    /** Returns the change times of all files. Waits until the newest is old enough that another write would change it. */
    ChangeMarker marker() throws IOException {
        try {
            for (int i = 0; i < MAX_MARKER_ATTEMPTS; i++) {
                StringBuilder text = new StringBuilder();
                FileTime newest = FileTime.fromMillis(0);
                for (Path file : watched()) {
                    // Programs can set the other times of a file, but not this one.
                    FileTime changed = (FileTime) Files.getAttribute(file, "unix:ctime");
                    newest = changed.compareTo(newest) > 0 ? changed : newest;
                    text.append(file).append(' ').append(changed).append('\n');
                }
                if (newest.toInstant().plus(TIMESTAMP_RESOLUTION).isBefore(Instant.now())) {
                    return new ChangeMarker(text.toString());
                }
                LockSupport.parkNanos(TIMESTAMP_RESOLUTION.toNanos());
            }
        } catch (NoSuchFileException | UnsupportedOperationException e) {
            return ChangeMarker.UNKNOWN; // a file was deleted meanwhile, or the file system has no change time
        }
        return ChangeMarker.UNKNOWN;
    }

    /** Returns all files and folders. A folder's time changes when a file in it is created or deleted. */
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
