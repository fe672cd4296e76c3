package dev.ngbak.server;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.engine.Sizes;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import io.javalin.http.Context;
import java.io.EOFException;
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
import java.util.concurrent.ExecutionException;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.Content;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Archives that clients have uploaded, each in its own folder below {@code .ngbak/uploads}. While Jetty's parser receives a
 * request, the parts are files in {@code uploads} itself. A received archive is moved into its folder, never copied, and is
 * kept for an hour after its last use.
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
    private static final ByteBufferPool.Sized BUFFERS =
            new ByteBufferPool.Sized(ByteBufferPool.NON_POOLING, false, 64 << 10);
    private static final int MAX_PARTS = 16;
    private static final int MAX_PART_HEADERS = 8 << 10;
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
        String boundary = MultiPart.extractBoundary(ctx.contentType());
        if (boundary == null) {
            throw new ProblemException(
                    400, "The multipart request has no boundary", "Let your HTTP library write the header");
        }
        createFolders(folder);
        checkAnnouncedSize(ctx.req().getContentLengthLong());
        try (MultiPartFormData.Parts all = parse(new RequestBody(ctx, new SpaceCheck()), boundary)) {
            Map<String, MultiPart.Part> parts = byName(all);
            byte[] options = parts.containsKey("options") ? options(parts.get("options")) : null;
            MultiPart.Part file = parts.get("file");
            return new Received(file == null ? null : keep(file), options);
        }
    }

    /** Receives all parts as files. Closing the result deletes those that were not moved. */
    private MultiPartFormData.Parts parse(RequestBody body, String boundary) throws IOException {
        MultiPartFormData.Parser parser = new MultiPartFormData.Parser(boundary);
        parser.setFilesDirectory(folder);
        parser.setUseFilesForPartsWithoutFileName(true);
        parser.setMaxMemoryFileSize(0);
        parser.setMaxParts(MAX_PARTS);
        parser.setPartHeadersMaxLength(MAX_PART_HEADERS);
        parser.setMaxFileSize(maxSize);
        parser.setMaxLength(maxSize < Long.MAX_VALUE - MAX_OVERHEAD ? maxSize + MAX_OVERHEAD : maxSize);
        try {
            // A source on a stream blocks in this thread, so that no thread of Jetty's selectors writes to the disk.
            return parser.parse(Content.Source.from(BUFFERS, body)).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProblemException(503, "The server is stopping", "Try again after it has restarted");
        } catch (ExecutionException | RuntimeException e) {
            throw refusal(e, body);
        }
    }

    private ProblemException refusal(Exception failure, RequestBody body) throws IOException {
        ProblemException known = ProblemException.of(failure);
        if (!known.isDefect()) {
            return known;
        }
        body.throwFailure();
        if (body.received() > maxSize) {
            return tooLarge();
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException && !(cause instanceof EOFException)) {
                LOG.warn("An upload could not be written", failure);
                return new ProblemException(
                        507,
                        "The archive could not be written to BACKUP_DIR. Nothing was kept",
                        "Free some space there; see the server's log for details");
            }
        }
        LOG.debug("A multipart request is malformed", failure);
        return new ProblemException(
                400,
                "The multipart request is malformed or incomplete, or has too many parts, or more than "
                        + Sizes.of(MAX_PART_HEADERS) + " of headers in a part",
                "Let your HTTP library write the request");
    }

    private static Map<String, MultiPart.Part> byName(MultiPartFormData.Parts all) {
        Map<String, MultiPart.Part> parts = new HashMap<>();
        for (MultiPart.Part part : all) {
            if (part.getName() == null || !PARTS.contains(part.getName())) {
                throw new ProblemException(
                        400,
                        "The form has an unknown part",
                        "Send only the parts \"file\" and \"options\". Send dry_run as a query parameter");
            }
            if (parts.put(part.getName(), part) != null) {
                throw new ProblemException(400, "The form repeats a part", "Send each part once");
            }
        }
        return parts;
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
                        + " is free on the disk of BACKUP_DIR. Nothing was kept",
                "Free some space, or set BACKUP_DIR to a larger disk");
    }

    private static byte[] options(MultiPart.Part part) throws IOException {
        if (part.getLength() > JsonBody.MAX_SIZE) {
            throw new ProblemException(413, "The part \"options\" is too large", "Send a small JSON object");
        }
        try (InputStream in = Content.Source.asInputStream(part.newContentSource(null, 0, -1))) {
            return in.readAllBytes();
        }
    }

    /** Moves an archive into a folder of its own, under the name in its manifest, which messages then use. */
    private String keep(MultiPart.Part file) throws IOException {
        String id = UUID.randomUUID().toString();
        boolean kept = false;
        try {
            Path unnamed = createFolders(folder.resolve(id)).resolve(UNNAMED_ARCHIVE);
            file.writeTo(unnamed);
            ArchiveInfo archive = archives.inspect(new ArchiveFile(unnamed));
            Files.move(
                    unnamed,
                    unnamed.resolveSibling(archive.manifest().backupId().fileName()));
            kept = true;
            LOG.info("Received an archive of {}; it is kept for one hour as upload {}.", Sizes.of(archive.size()), id);
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
