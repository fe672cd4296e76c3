package dev.ngbak.repository;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.archive.SignatureStatus;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the outcome of each archive's last verification, one JSON file per archive in the state directory. An outcome belongs
 * to one version of an archive, identified by its size and the time of its last change. The records are a convenience: an
 * archive without one is complete, and a record that cannot be read or written is not an error.
 */
public final class VerificationRecords {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String SUFFIX = ".json";

    private final Path directory;
    private final Clock clock;

    public VerificationRecords(StateDirectory state, Clock clock) {
        this.directory = state.resolve("verified");
        this.clock = clock;
    }

    /**
     * Stores and returns the outcome of a verification that has just ended. The problem is {@code null} for a good
     * archive.
     */
    public Verification put(BackupId id, ReadableArchive archive, @Nullable String problem) {
        return put(id, archive, problem, null);
    }

    /**
     * Stores and returns the outcome of a successful verification. Of an encrypted archive, this keeps the manifest too, because
     * lists and retention need it later, when nothing on this machine can decrypt the archive.
     */
    public Verification putGood(BackupId id, ReadableArchive archive, ArchiveInfo verified) {
        return put(id, archive, null, verified.encrypted() ? verified : null);
    }

    private Verification put(
            BackupId id, ReadableArchive archive, @Nullable String problem, @Nullable ArchiveInfo encrypted) {
        Verification outcome = outcome(problem);
        try {
            ObjectNode record = MAPPER.createObjectNode();
            record.put("at", outcome.at().toString());
            record.put("ok", outcome.ok());
            record.put("problem", problem);
            record.put("size", archive.size());
            record.put("modified", archive.lastModified().toEpochMilli());
            if (encrypted != null) {
                record.put("manifest", encrypted.manifestText());
                record.put("signature", encrypted.signature().name());
            }
            PrivateFiles.createDirectories(directory);
            Path draft = Files.createTempFile(directory, ".", ".new");
            try {
                Files.write(draft, MAPPER.writeValueAsBytes(record));
                LocalRepository.force(draft);
                Files.move(draft, file(id.text()), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(draft);
            }
        } catch (ClosedByInterruptException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            return outcome; // A read-only repository can be verified, too.
        }
        return outcome;
    }

    /** Returns the outcome of a verification that has just ended, without storing it. */
    public Verification outcome(String problem) {
        return new Verification(clock.instant().truncatedTo(ChronoUnit.SECONDS), problem == null, problem);
    }

    /**
     * Returns the archive with the outcome of its last verification; unchanged if none is stored for this version of
     * it.
     */
    public ArchiveInfo addTo(ArchiveInfo archive) {
        try {
            JsonNode record = MAPPER.readTree(Files.readAllBytes(file(archive.id())));
            if (!record.path("ok").isBoolean()
                    || record.path("size").asLong(-1) != archive.size()
                    || record.path("modified").asLong(-1)
                            != archive.modifiedAt().toEpochMilli()) {
                return archive;
            }
            return withManifest(archive, record)
                    .with(new Verification(
                            Instant.parse(record.path("at").asText()),
                            record.path("ok").booleanValue(),
                            record.path("problem").textValue()));
        } catch (IOException | DateTimeException | IllegalArgumentException e) {
            return archive;
        }
    }

    /** Adds the manifest of an encrypted archive, which is better known than what the archive says in clear text. */
    private static ArchiveInfo withManifest(ArchiveInfo archive, JsonNode record) throws IOException {
        String text = record.path("manifest").textValue();
        boolean isUnknown = archive.encrypted() && archive.signature() == null;
        return isUnknown && text != null
                ? archive.with(
                        Manifest.read(text),
                        text,
                        SignatureStatus.valueOf(record.path("signature").asText()))
                : archive;
    }

    /** Deletes the records of archives that no longer exist. */
    public void deleteMissing(ArchiveRepository repository) throws IOException {
        try (DirectoryStream<Path> records = Files.newDirectoryStream(directory)) {
            Set<BackupId> present = null;
            for (Path record : records) {
                String id = record.getFileName().toString().replace(SUFFIX, "");
                present = present == null ? repository.ids() : present;
                if (!BackupId.isValid(id) || !present.contains(new BackupId(id))) {
                    Files.deleteIfExists(record);
                }
            }
        } catch (NoSuchFileException e) {
            return; // Nothing has been verified yet.
        }
    }

    /** Deletes the record of an archive. */
    public void delete(String id) throws IOException {
        Files.deleteIfExists(file(id));
    }

    private Path file(String id) {
        return directory.resolve(id + SUFFIX);
    }
}
