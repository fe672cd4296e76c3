package dev.ngbak.files;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.StoreScope.FileScope;
import dev.ngbak.layout.StoreScope.NativeIndex;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.SafeText;
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
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The directory of the files of one kind, and these files. */
final class WorkingDirectory {

    private static final int MAX_LISTED_NAMES = 5;

    private final FileKind kind;
    private final Path path;
    private final String setting;
    private final String system;
    private final String product;
    private final NativeIndex nativeIndex;
    private final FileNames names;
    private final List<FileNames> allNames;

    /**
     * The content of the directory.
     *
     * @param files regular files of the kind, and links to such files, ordered by name
     * @param unexpected other entries with the name of such a file: directories, dangling links
     * @param nativeIndex files of a vector library that only the library can read
     * @param foreign all other entries that are not hidden and whose names belong to no kind of file
     * @param recognized whether any entry has the name of a file of the GraphRAG system
     */
    record Listing(
            List<Path> files, List<Path> unexpected, List<Path> nativeIndex, List<Path> foreign, boolean recognized) {}

    private WorkingDirectory(FileKind kind, Settings settings) {
        this.kind = kind;
        FileScope scope = kind.scope(settings);
        this.path = scope.directory();
        this.setting = scope.setting();
        this.system = GraphLayout.of(settings).name();
        this.product = kind.product(settings);
        this.nativeIndex = scope.nativeIndex();
        this.names = kind.names(settings);
        this.allNames =
                Stream.of(FileKind.values()).map(any -> any.names(settings)).toList();
    }

    static WorkingDirectory of(FileKind kind, Settings settings) {
        WorkingDirectory directory = new WorkingDirectory(kind, settings);
        if (Files.exists(directory.path, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(directory.path)) {
            throw new BackupException(
                    Kind.INVALID,
                    directory + ": that is not a folder",
                    "Set " + directory.setting + " to the working directory of " + directory.system);
        }
        return directory;
    }

    Path path() {
        return path;
    }

    FileNames names() {
        return names;
    }

    /** Returns the setting that names the directory, for messages. */
    String setting() {
        return setting;
    }

    /** Returns the name of the GraphRAG system, for messages. */
    String system() {
        return system;
    }

    boolean exists() {
        return Files.isDirectory(path);
    }

    Listing list() {
        List<Path> files = new ArrayList<>();
        List<Path> unexpected = new ArrayList<>();
        List<Path> ofLibrary = new ArrayList<>();
        List<Path> foreign = new ArrayList<>();
        boolean recognized = false;
        for (Path child : children()) {
            String name = child.getFileName().toString();
            boolean isOfLibrary = nativeIndex.matches(name);
            if (names.matches(name)) {
                (Files.isRegularFile(child) ? files : unexpected).add(child);
            } else if (isOfLibrary) {
                ofLibrary.add(child);
            }
            if (isOfLibrary || allNames.stream().anyMatch(any -> any.matches(name))) {
                recognized = true;
            } else if (!name.startsWith(".")) {
                foreign.add(child);
            }
        }
        return new Listing(files, unexpected, ofLibrary, foreign, recognized);
    }

    /** Returns the name of the content that the name of a file of this kind contains. */
    String nameIn(Path file) {
        return names.nameIn(file.getFileName().toString()).orElseThrow();
    }

    StoreInfo info() {
        long bytes = 0;
        for (Path file : list().files()) {
            bytes += file.toFile().length();
        }
        return new StoreInfo(
                product, "unknown", kind.form(), Map.of(GraphLayout.WORKING_DIR.name(), path.toString()), bytes);
    }

    /** Returns the kind of files and the real path of the directory. */
    String target() {
        Path real;
        try {
            real = path.toRealPath();
        } catch (IOException e) {
            real = path.toAbsolutePath().normalize();
        }
        return product + " in " + real;
    }

    /** Returns the entries directly inside the directory, ordered by name; empty if there is no such directory. */
    List<Path> children() {
        List<Path> children = new ArrayList<>();
        if (exists()) {
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(path)) {
                stream.forEach(children::add);
            } catch (IOException | DirectoryIteratorException e) {
                throw new BackupException(
                        Kind.UNREACHABLE,
                        this + ": that folder cannot be read",
                        "Give the user that runs ngbak permission to read it, or correct " + setting,
                        e);
            }
        }
        children.sort(Comparator.comparing(child -> child.getFileName().toString()));
        return children;
    }

    /**
     * Returns a problem if vectors are in files of a vector library. Such a store cannot be backed up, and the system would
     * not read files that a restore put next to them.
     */
    Optional<BackupException> nativeIndexProblem(Listing listing) {
        if (kind != FileKind.NANO || listing.nativeIndex().isEmpty()) {
            return Optional.empty();
        }
        String library = nativeIndex.library();
        return Optional.of(new BackupException(
                Kind.INCOMPATIBLE,
                kind.role().setting() + " is " + kind.backend() + ", but the directory of " + setting
                        + " contains files of " + library + " (" + someNames(listing.nativeIndex()) + "). Only "
                        + library + " can read them, so ngbak cannot verify a copy",
                "Configure " + system + " to use NanoVectorDBStorage and index again; or stop it, move these files to"
                        + " another folder, and copy them by hand"));
    }

    /** Returns a file of this directory as messages name it. */
    String describe(Path file) {
        return SafeText.forMessage(file.getFileName().toString()) + " in " + setting + " (" + path + ")";
    }

    /** Returns the names of a few files, for messages. */
    static String someNames(List<Path> files) {
        String names = files.stream()
                .limit(MAX_LISTED_NAMES)
                .map(file -> SafeText.forMessage(file.getFileName().toString()))
                .collect(Collectors.joining(", "));
        int more = files.size() - MAX_LISTED_NAMES;
        return more > 0 ? names + " and " + more + " more" : names;
    }

    /** Returns the setting and its value, for the beginning of a message. */
    @Override
    public String toString() {
        return setting + " is " + path;
    }
}
