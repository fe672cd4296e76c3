package dev.ngbak.repository;

import dev.ngbak.archive.ArchiveKeys;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.spi.Secret;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;

/**
 * Keeps an identity for each encrypted safety archive, so that this machine can roll back without anybody's key. One file per
 * archive, until the archive is deleted.
 */
public final class SafetyIdentities {

    private final Path directory;

    SafetyIdentities(Path directory) {
        this.directory = directory;
    }

    /** Stores the identity of an archive, durably. */
    public void put(BackupId id, Secret identity) throws IOException {
        PrivateFiles.createDirectories(directory);
        Path draft = directory.resolve(id + ".new");
        PrivateFiles.write(draft, identity.reveal() + "\n");
        LocalRepository.force(draft);
        Files.move(
                draft,
                directory.resolve(id + ArchiveKeys.OWN_IDENTITY_SUFFIX),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        LocalRepository.force(directory);
    }

    /** Deletes the identities of archives that no longer exist. The repository's lock must be held. */
    public void deleteMissing(ArchiveRepository repository) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            Set<BackupId> present = null;
            for (Path file : files) {
                String id = file.getFileName().toString().replace(ArchiveKeys.OWN_IDENTITY_SUFFIX, "");
                present = present == null ? repository.ids() : present;
                if (!BackupId.isValid(id) || !present.contains(new BackupId(id))) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (NoSuchFileException e) {
            return; // No safety archive was encrypted yet.
        }
    }
}
