package dev.ngbak.server;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.engine.ArchiveInfo;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Sizes;
import dev.ngbak.spi.BackupException;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.io.Content;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Archives that clients have sent, each in a folder of its own below {@code .ngbak/uploads}, on the disk where archives
 * lie and nowhere else. One that is whole is kept for an hour after its last use; one that is not leaves nothing.
 */
final class Uploads {

    private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final Duration KEPT = Duration.ofHours(1);
    /** Room that uploads leave to others. */
    private static final long RESERVE = 32L << 20;
    /** After so many bytes, the room is looked at again. */
    private static final long STRIDE = 64L << 20;

    private static final int MOST_OPTIONS = 64 << 10;
    /** What a form may have besides the archive. */
    private static final long MOST_AROUND = MOST_OPTIONS + (16 << 10);

    private static final int MOST_PART_HEADERS = 8 << 10;

    private final Path folder;
    private final BackupManager manager;
    private final ArchiveReadQueue reading;
    private final long most;

    Uploads(BackupManager manager, ArchiveReadQueue reading, long most) {
        this.folder = manager.workFolder().resolve("uploads");
        this.manager = manager;
        this.reading = reading;
        this.most = most;
    }

    /**
     * What came in one request.
     *
     * @param uploadId of the archive, or {@code null} when the body has none
     * @param options JSON, or {@code null}
     */
    record Received(String uploadId, byte[] options) {}

    /** Takes a multipart body, its parts in any order. */
    Received receive(Context ctx) throws IOException {
        String boundary = MultiPart.extractBoundary(ctx.contentType());
        if (boundary == null) {
            throw new ProblemException(
                    400, "The multipart request names no boundary", "Let your HTTP library write the header");
        }
        String id = UUID.randomUUID().toString();
        boolean whole = false;
        try (Parts parts = new Parts(make(id).resolve("upload" + BackupId.SUFFIX))) {
            read(ctx, boundary, parts);
            byte[] options = parts.options == null ? null : parts.options.toByteArray();
            if (parts.file == null) {
                return new Received(null, options);
            }
            parts.close();
            name(parts.target);
            whole = true;
            LOG.info("Received an archive of {}, kept for an hour as upload {}.", Sizes.of(parts.written), id);
            return new Received(id, options);
        } finally {
            if (!whole) {
                remove(id);
            }
        }
    }

    private Path make(String id) {
        try {
            return PrivateFiles.createFolders(folder.resolve(id));
        } catch (IOException e) {
            LOG.warn("An upload could not be taken", e);
            throw new ProblemException(
                    507, "Nothing can be written to BACKUP_DIR", "Free some room there, or correct its rights");
        }
    }

    private void read(Context ctx, String boundary, Parts parts) throws IOException {
        InputStream body = MinimumRate.of(ctx.bodyInputStream());
        checkSize(ctx.req().getContentLengthLong());
        MultiPart.Parser parser = new MultiPart.Parser(boundary, parts);
        parser.setMaxParts(16);
        parser.setPartHeadersMaxLength(MOST_PART_HEADERS);
        byte[] buffer = new byte[64 << 10];
        for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
            parser.parse(Content.Chunk.from(ByteBuffer.wrap(buffer, 0, n), false));
            parts.check();
        }
        parser.parse(Content.Chunk.EOF);
        parts.check();
        if (!parts.complete) {
            throw new ProblemException(400, "The multipart request ends before its last part does", "Send it again");
        }
    }

    private void checkSize(long announced) throws IOException {
        if (announced - MOST_AROUND > most) {
            throw tooLarge();
        }
        long free = Files.getFileStore(folder).getUsableSpace();
        if (announced > free - RESERVE) {
            throw noRoom(announced, free);
        }
    }

    private ProblemException tooLarge() {
        return new ProblemException(
                413,
                "The archive is larger than the " + Sizes.of(most) + " that this server takes",
                "Raise BACKUP_MAX_UPLOAD, or copy the file into BACKUP_DIR and restore it by its id");
    }

    private static ProblemException noRoom(long needed, long free) {
        return new ProblemException(
                507,
                "The archive of " + Sizes.of(needed) + " does not fit: " + Sizes.of(free)
                        + " are free where BACKUP_DIR is. Nothing was kept",
                "Free some room, or set BACKUP_DIR to a larger disk");
    }

    /** Gives an archive the name it says it has, so that messages speak of that; refuses what is none. */
    private void name(Path file) throws IOException {
        ArchiveInfo info = reading.look(file, () -> manager.inspect(file));
        Files.move(file, file.resolveSibling(info.manifest().backupId().fileName()));
    }

    /**
     * The archive of an upload, which is kept for another hour from now on.
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
                // said below
            }
        }
        throw new BackupException(
                BackupException.Kind.NOT_FOUND,
                "There is no such upload",
                "Uploads are kept for one hour; send the archive again");
    }

    void remove(String id) throws IOException {
        if (Files.exists(folder.resolve(id))) {
            removeTree(folder.resolve(id));
        }
    }

    /** Removes what nobody has used for an hour. */
    void expire(String inUse) {
        clean(folder -> !folder.getFileName().toString().equals(inUse)
                && Files.getLastModifiedTime(folder)
                        .toInstant()
                        .isBefore(Instant.now().minus(KEPT)));
    }

    /** Removes what a process that died was just receiving; for the start, before anything is received. */
    void removeCutOff() {
        clean(folder -> Files.exists(folder.resolve("upload" + BackupId.SUFFIX)));
    }

    @FunctionalInterface
    private interface Test {
        boolean of(Path upload) throws IOException;
    }

    private void clean(Test unwanted) {
        try (DirectoryStream<Path> uploads = Files.newDirectoryStream(folder)) {
            for (Path upload : uploads) {
                if (unwanted.of(upload)) {
                    removeTree(upload);
                    LOG.info("Removed the upload {}.", upload.getFileName());
                }
            }
        } catch (NoSuchFileException e) {
            // nothing was ever received
        } catch (IOException e) {
            LOG.warn("Old uploads could not be removed: {}", e.toString());
        }
    }

    private static void removeTree(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException e) throws IOException {
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Takes the parts as they come by: {@code file} to the disk, {@code options} to memory. Others are refused. */
    private final class Parts implements MultiPart.Parser.Listener, AutoCloseable {
        private static final Pattern NAME =
                Pattern.compile("(?i)form-data\\s*;.*?\\bname=(?:\"([^\"]*)\"|([^;\\s]+)).*");

        final Path target;
        FileChannel file;
        ByteArrayOutputStream options;
        boolean complete;
        long written;
        private long nextLook = STRIDE;
        private final Set<String> seen = new HashSet<>();
        private String part;
        private RuntimeException failure;

        Parts(Path target) {
            this.target = target;
        }

        @Override
        public void onPartBegin() {
            part = "";
        }

        @Override
        public void onPartHeader(String name, String value) {
            if (name.equalsIgnoreCase("Content-Disposition")) {
                var matcher = NAME.matcher(value);
                if (matcher.matches()) {
                    part = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
                }
            }
        }

        @Override
        public void onPartHeaders() {
            if (!seen.add(part)) {
                fail(new ProblemException(400, "The form has a part more than once", "Send each part once"));
            } else if (part.equals("file")) {
                try {
                    file = PrivateFiles.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                } catch (IOException e) {
                    fail(new UncheckedIOException(e));
                }
            } else if (part.equals("options")) {
                options = new ByteArrayOutputStream();
            } else {
                fail(new ProblemException(
                        400,
                        "The form has a part that is not known here",
                        "It may have the parts file and options; dry_run is a query parameter"));
            }
        }

        @Override
        public void onPartContent(Content.Chunk chunk) {
            ByteBuffer bytes = chunk.getByteBuffer().slice();
            if (failure != null) {
                return;
            }
            if (part.equals("file")) {
                write(bytes);
            } else if (part.equals("options")) {
                byte[] copy = new byte[bytes.remaining()];
                bytes.get(copy);
                options.writeBytes(copy);
                if (options.size() > MOST_OPTIONS) {
                    fail(new ProblemException(413, "The part \"options\" is too large", "It is a small JSON object"));
                }
            }
        }

        private void write(ByteBuffer bytes) {
            written += bytes.remaining();
            try {
                if (written > most) {
                    throw tooLarge();
                }
                if (written > nextLook) {
                    nextLook += STRIDE;
                    long free = Files.getFileStore(target).getUsableSpace();
                    if (free < RESERVE) {
                        throw noRoom(written, free);
                    }
                }
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
            } catch (ProblemException e) {
                fail(e);
            } catch (IOException e) {
                LOG.warn("An upload could not be written", e);
                fail(new ProblemException(
                        507,
                        "The archive could not be written where BACKUP_DIR is. Nothing was kept",
                        "Free some room there; the server's log says more"));
            }
        }

        @Override
        public void onComplete() {
            complete = true;
        }

        @Override
        public void onFailure(Throwable broken) {
            fail(new ProblemException(
                    400,
                    "The multipart request is broken, has too many parts, or has a part with headers of more than "
                            + Sizes.of(MOST_PART_HEADERS),
                    "Let your HTTP library write it"));
        }

        private void fail(RuntimeException e) {
            if (failure == null) {
                failure = e;
            }
        }

        void check() {
            if (failure != null) {
                throw failure;
            }
        }

        @Override
        public void close() throws IOException {
            if (file != null) {
                file.close();
            }
        }
    }
}
