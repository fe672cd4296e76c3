package dev.ngbak.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.BackupId;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Keeps the outcome of each archive's last verification: one JSON file per archive in {@code .ngbak/verified}. An outcome
 * belongs to one very file, told by its size and the time of its last change; a file that replaces it has no outcome yet.
 * The records are a convenience: an archive without one is complete, and a record that cannot be read or written is no
 * error.
 */
final class VerificationRecords {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path archives;
    private final Path folder;
    private final Clock clock;

    VerificationRecords(Path archives, Path folder, Clock clock) {
        this.archives = archives;
        this.folder = folder;
        this.clock = clock;
    }

    /** A verification of one archive. */
    interface Check {
        VerifiedArchive run() throws IOException;
    }

    /** Runs a verification and keeps its outcome, which the report then has too. Cancelled ones, and those that failed for other reasons, leave no outcome. */
    VerifiedArchive keep(Path archive, Check check) throws IOException {
        try {
            VerifiedArchive verified = check.run();
            return verified.with(put(archive, true, null));
        } catch (BackupException e) {
            if (e.kind() == Kind.CORRUPT) {
                put(archive, false, e.problem());
            }
            throw e;
        }
    }

    /**
     * Keeps an outcome, unless the archive lies outside the repository.
     *
     * @return the outcome
     */
    Verification put(Path archive, boolean ok, String problem) {
        Verification outcome = new Verification(clock.instant().truncatedTo(ChronoUnit.SECONDS), ok, problem);
        if (!archives.toAbsolutePath()
                        .normalize()
                        .equals(archive.toAbsolutePath().normalize().getParent())
                || !BackupId.isArchiveName(archive.getFileName().toString())) {
            return outcome;
        }
        try {
            BasicFileAttributes file = Files.readAttributes(archive, BasicFileAttributes.class);
            ObjectNode record = MAPPER.createObjectNode();
            record.put("at", outcome.at().toString());
            record.put("ok", ok);
            record.put("problem", problem);
            record.put("size", file.size());
            record.put("modified", file.lastModifiedTime().toMillis());
            Files.createDirectories(folder);
            Path draft = Files.createTempFile(folder, ".", ".new");
            try {
                Files.write(draft, MAPPER.writeValueAsBytes(record));
                Files.move(
                        draft,
                        record(BackupId.ofFileName(archive.getFileName().toString())
                                .text()),
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(draft);
            }
        } catch (ClosedByInterruptException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            return outcome; // a read-only repository can be verified, too
        }
        return outcome;
    }

    /**
     * Returns the outcome of an archive's last verification.
     *
     * @param file the attributes of the archive's file as it is now
     * @return {@code null} when there is no outcome of this very file
     */
    Verification get(String id, BasicFileAttributes file) {
        try {
            JsonNode record = MAPPER.readTree(Files.readAllBytes(record(id)));
            if (!record.path("ok").isBoolean()
                    || record.path("size").asLong(-1) != file.size()
                    || record.path("modified").asLong(-1)
                            != file.lastModifiedTime().toMillis()) {
                return null;
            }
            return new Verification(
                    Instant.parse(record.path("at").asText()),
                    record.path("ok").booleanValue(),
                    record.path("problem").textValue());
        } catch (IOException | DateTimeException e) {
            return null;
        }
    }

    /** Forgets the archives that are gone, such as those that were deleted or renamed by hand. */
    void forgetMissing() throws IOException {
        try (DirectoryStream<Path> records = Files.newDirectoryStream(folder)) {
            for (Path record : records) {
                String id = record.getFileName().toString().replaceFirst("\\.json$", "");
                if (!Files.exists(archives.resolve(id + BackupId.SUFFIX))) {
                    Files.deleteIfExists(record);
                }
            }
        } catch (NoSuchFileException e) {
            return; // no archive was verified yet
        }
    }

    /** Forgets an archive that was deleted. */
    void forget(String id) throws IOException {
        Files.deleteIfExists(record(id));
    }

    private Path record(String id) {
        return folder.resolve(id + ".json");
    }
}
