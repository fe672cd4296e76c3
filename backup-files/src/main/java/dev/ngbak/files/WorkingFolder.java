package dev.ngbak.files;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The folder that {@code WORKING_DIR} names, and what of it is whose. Only its direct children are looked at. */
record WorkingFolder(Path path) {

    static final String SETTING = "WORKING_DIR";
    static final List<String> ADVICE_AFTER_RESTORE =
            List.of("If nano-graphrag is running, restart it now: it keeps the old files in memory and would write them"
                    + " over the restored ones.");

    /**
     * What lies in the folder.
     *
     * @param files regular files of the kind that was asked for, or links to such, by name
     * @param strangers entries with the name of such a file that are none: folders, links that lead nowhere
     * @param hnswlib files of hnswlib
     * @param others everything else that is not hidden and of none of the three kinds
     * @param empty whether nothing at all of nano-graphrag's is there
     */
    record Listing(List<Path> files, List<Path> strangers, List<Path> hnswlib, List<Path> others, boolean empty) {}

    static WorkingFolder from(Settings settings) {
        WorkingFolder folder = new WorkingFolder(settings.path(SETTING, "./api_working_dir"));
        if (Files.exists(folder.path, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(folder.path)) {
            throw new BackupException(
                    Kind.INVALID,
                    folder + ": that is not a folder",
                    "Set " + SETTING + " to the working folder of nano-graphrag");
        }
        return folder;
    }

    boolean exists() {
        return Files.isDirectory(path);
    }

    Listing list(FileKind kind) {
        List<Path> files = new ArrayList<>();
        List<Path> strangers = new ArrayList<>();
        List<Path> hnswlib = new ArrayList<>();
        List<Path> others = new ArrayList<>();
        boolean empty = true;
        for (Path child : children()) {
            String name = child.getFileName().toString();
            boolean hnsw = name.endsWith("_hnsw.index") || name.endsWith("_hnsw_metadata.pkl");
            if (kind.nameIn(name) != null) {
                (Files.isRegularFile(child) ? files : strangers).add(child);
            } else if (hnsw) {
                hnswlib.add(child);
            }
            if (hnsw || Stream.of(FileKind.values()).anyMatch(any -> any.nameIn(name) != null)) {
                empty = false;
            } else if (!name.startsWith(".")) {
                others.add(child);
            }
        }
        return new Listing(files, strangers, hnswlib, others, empty);
    }

    /** What the files of a kind are, as they lie here now. */
    StoreInfo info(FileKind kind) {
        long bytes = 0;
        for (Path file : list(kind).files()) {
            bytes += file.toFile().length();
        }
        return new StoreInfo(kind.product(), "unknown", kind.form(), Map.of(SETTING, path.toString()), bytes);
    }

    /** The files of a kind in this very folder, by whatever name it is reached. */
    String target(FileKind kind) {
        Path real;
        try {
            real = path.toRealPath();
        } catch (IOException e) {
            real = path.toAbsolutePath().normalize();
        }
        return kind.product() + " in " + real;
    }

    /** What lies directly in the folder, by name; nothing where there is no such folder. */
    List<Path> children() {
        List<Path> children = new ArrayList<>();
        if (exists()) {
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(path)) {
                stream.forEach(children::add);
            } catch (IOException | DirectoryIteratorException e) {
                throw new BackupException(
                        Kind.UNREACHABLE,
                        this + ": that folder cannot be read",
                        "Let the user that ngbak runs as read it, or correct " + SETTING,
                        e);
            }
        }
        children.sort(Comparator.comparing(child -> child.getFileName().toString()));
        return children;
    }

    /** A file of this folder as messages name it. */
    String show(Path file) {
        return Malformed.shown(file.getFileName().toString()) + " in " + SETTING + " (" + path + ")";
    }

    /** A few names, for messages. */
    static String some(List<Path> files) {
        String names = files.stream()
                .limit(5)
                .map(file -> Malformed.shown(file.getFileName().toString()))
                .collect(Collectors.joining(", "));
        return files.size() > 5 ? names + " and " + (files.size() - 5) + " more" : names;
    }

    /** Why files of hnswlib keep a vector store from being backed up and restored. */
    static String hnswlib(List<Path> files) {
        return "hnswlib's files lie in " + SETTING + " (" + some(files)
                + "): a native index and a Python pickle, which nothing but that library can read, so no copy of them"
                + " could be checked";
    }

    static final String HNSWLIB_REMEDY =
            "Let nano-graphrag use NanoVectorDBStorage and index again, or, while it is stopped, move hnswlib's files"
                    + " to another folder and copy them by hand";

    @Override
    public String toString() {
        return SETTING + " is " + path;
    }
}
