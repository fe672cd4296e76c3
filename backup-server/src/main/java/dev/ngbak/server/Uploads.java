package dev.ngbak.server;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.engine.ArchiveInfo;
import dev.ngbak.engine.Sizes;
import dev.ngbak.spi.BackupException;
import io.javalin.http.Context;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Archives that clients have uploaded, each in its own folder below {@code .ngbak/uploads}. While Jetty receives a request,
 * its parts are files directly in {@code uploads}. A received archive is moved into its folder, never copied, and is kept for
 * an hour after its last use.
 */
final class Uploads {

    private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final String UNNAMED_ARCHIVE = "upload" + BackupId.SUFFIX;
    private static final Set<String> PARTS = Set.of("file", "options");
    private static final Duration RETENTION = Duration.ofHours(1);
    /** The free space that uploads leave to others. */
    private static final long RESERVED_SPACE = 32L << 20;

    private static final long SPACE_CHECK_INTERVAL = 64L << 20;
    /** The size that a form may have in addition to the archive. */
    private static final long MAX_OVERHEAD = JsonBody.MAX_SIZE + (16 << 10);

    private final Path folder;
    private final ArchiveCatalog archives;
    private final long maxSize;

    /**
     * @param stateDirectory where {@code uploads} is created
     * @param maxSize of an archive, in bytes
     */
    Uploads(Path stateDirectory, ArchiveCatalog archives, long maxSize) {
        this.folder = stateDirectory.resolve("uploads");
        this.archives = archives;
        this.maxSize = maxSize;
    }

    /**
     * The parts of one request.
     *
     * @param uploadId the id of the archive, or {@code null} if the request has none
     * @param options JSON, or {@code null}
     */
    record Received(String uploadId, byte[] options) {}

    /** Receives a multipart request with its parts in any order. */
    Received receive(Context ctx) throws IOException {
        createFolders(folder);
        checkAnnouncedSize(ctx.req().getContentLengthLong());
        Map<String, Part> parts = parts(ctx);
        byte[] options = parts.containsKey("options") ? options(parts.get("options")) : null;
        Part file = parts.get("file");
        return new Received(file == null ? null : keep(file), options);
    }

    /** Receives all parts as files. Jetty deletes those that are not moved when the request ends. */
    private Map<String, Part> parts(Context ctx) throws IOException {
        boolean limited = maxSize <= Long.MAX_VALUE - MAX_OVERHEAD;
        ctx.req()
                .setAttribute(
                        ServletContextRequest.MULTIPART_CONFIG_ELEMENT,
                        new MultipartConfigElement(
                                folder.toString(), limited ? maxSize : -1, limited ? maxSize + MAX_OVERHEAD : -1, 0));
        WatchedRequest watched = WatchedRequest.of(ctx.req());
        watched.observe(new SpaceCheck());
        try {
            Map<String, Part> parts = new HashMap<>();
            for (Part part : ctx.req().getParts()) {
                if (!PARTS.contains(part.getName())) {
                    throw new ProblemException(
                            400,
                            "The form has an unknown part",
                            "It may have the parts file and options; dry_run is a query parameter");
                }
                if (parts.put(part.getName(), part) != null) {
                    throw new ProblemException(400, "The form repeats a part", "Send each part once");
                }
            }
            return parts;
        } catch (ServletException | IOException e) {
            throw refusal(e, watched.received());
        }
    }

    private ProblemException refusal(Exception failure, long received) {
        ProblemException known = ProblemException.of(failure);
        if (!known.isDefect()) {
            return known;
        }
        if (received > maxSize) {
            return tooLarge();
        }
        if (freeSpace() < RESERVED_SPACE) {
            LOG.warn("An upload could not be written", failure);
            return noSpace(received, freeSpace());
        }
        LOG.debug("A multipart request is malformed", failure);
        return new ProblemException(
                400,
                "The multipart request is malformed or incomplete, or has too many parts or part headers",
                "Let your HTTP library write the request");
    }

    /** Refuses a body of unknown length before it fills the disk. */
    private final class SpaceCheck implements LongConsumer {
        private long next = SPACE_CHECK_INTERVAL;

        @Override
        public void accept(long received) {
            if (received > next) {
                next += SPACE_CHECK_INTERVAL;
                long free = freeSpace();
                if (free < RESERVED_SPACE) {
                    throw noSpace(received, free);
                }
            }
        }
    }

    private long freeSpace() {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void checkAnnouncedSize(long size) {
        if (size - MAX_OVERHEAD > maxSize) {
            throw tooLarge();
        }
        long free = freeSpace();
        if (size > free - RESERVED_SPACE) {
            throw noSpace(size, free);
        }
    }

    private ProblemException tooLarge() {
        return new ProblemException(
                413,
                "The archive is larger than the " + Sizes.of(maxSize) + " that this server accepts",
                "Raise BACKUP_MAX_UPLOAD, or copy the file into BACKUP_DIR and restore it by its id");
    }

    private static ProblemException noSpace(long needed, long free) {
        return new ProblemException(
                507,
                "The archive of " + Sizes.of(needed) + " does not fit: " + Sizes.of(free)
                        + " are free on the disk of BACKUP_DIR. Nothing was kept",
                "Free some space, or set BACKUP_DIR to a larger disk");
    }

    private static byte[] options(Part part) throws IOException {
        try (InputStream in = part.getInputStream()) {
            byte[] options = in.readNBytes(JsonBody.MAX_SIZE + 1);
            if (options.length > JsonBody.MAX_SIZE) {
                throw new ProblemException(413, "The part \"options\" is too large", "Send a small JSON object");
            }
            return options;
        }
    }

    /** Moves an archive into a folder of its own, under the name in its manifest, which messages then use. */
    private String keep(Part file) throws IOException {
        String id = UUID.randomUUID().toString();
        boolean kept = false;
        try {
            Path unnamed = createFolders(folder.resolve(id)).resolve(UNNAMED_ARCHIVE);
            file.write(unnamed.toString());
            ArchiveInfo archive = archives.inspect(unnamed);
            Files.move(
                    unnamed,
                    unnamed.resolveSibling(archive.manifest().backupId().fileName()));
            kept = true;
            LOG.info("Received an archive of {}; it is kept for one hour as upload {}.", Sizes.of(file.getSize()), id);
            return id;
        } finally {
            if (!kept) {
                remove(id);
            }
        }
    }

    private static Path createFolders(Path path) {
        try {
            return PrivateFiles.createDirectories(path);
        } catch (IOException e) {
            LOG.warn("An upload could not be received", e);
            throw new ProblemException(
                    507, "BACKUP_DIR is not writable. Nothing was kept", "Free some space, or correct its permissions");
        }
    }

    /**
     * Returns the archive of an upload, which is kept for another hour from now on.
     *
     * @throws BackupException {@code NOT_FOUND}
     */
    Path file(String id) throws IOException {
        if (ID.matcher(id).matches()) {
            Path own = folder.resolve(id);
            try (DirectoryStream<Path> files = Files.newDirectoryStream(own, "*" + BackupId.SUFFIX)) {
                for (Path file : files) {
                    Files.setLastModifiedTime(own, FileTime.from(Instant.now()));
                    return file;
                }
            } catch (NoSuchFileException e) {
                LOG.debug("There is no upload {}", id, e);
            }
        }
        throw new BackupException(
                BackupException.Kind.NOT_FOUND,
                "There is no such upload",
                "Uploads are kept for one hour; send the archive again");
    }

    void remove(String id) throws IOException {
        delete(folder.resolve(id));
    }

    /**
     * Deletes uploads that nobody has used for an hour.
     *
     * @param idInUse the id of an upload to keep, or {@code null}
     */
    void deleteExpired(String idInUse) {
        Instant oldest = Instant.now().minus(RETENTION);
        for (Path upload : list()) {
            try {
                boolean expired = Files.isDirectory(upload)
                        && Files.getLastModifiedTime(upload).toInstant().isBefore(oldest);
                if (expired && !upload.getFileName().toString().equals(idInUse)) {
                    delete(upload);
                    LOG.info("Deleted upload {}, which was not used for an hour.", upload.getFileName());
                }
            } catch (IOException e) {
                LOG.warn("An old upload could not be deleted: {}", e.toString());
            }
        }
    }

    /** Deletes incomplete uploads that a process left when it died. Must be called before anything is received. */
    void deleteIncomplete() {
        for (Path upload : list()) {
            if (!Files.isDirectory(upload) || Files.exists(upload.resolve(UNNAMED_ARCHIVE))) {
                try {
                    delete(upload);
                    LOG.info("Deleted the incomplete upload {}.", upload.getFileName());
                } catch (IOException e) {
                    LOG.warn("An incomplete upload could not be deleted: {}", e.toString());
                }
            }
        }
    }

    private List<Path> list() {
        try (Stream<Path> uploads = Files.list(folder)) {
            return uploads.toList();
        } catch (NoSuchFileException e) {
            return List.of(); // nothing was ever uploaded
        } catch (IOException e) {
            LOG.warn("The uploads could not be listed: {}", e.toString());
            return List.of();
        }
    }

    private static void delete(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
