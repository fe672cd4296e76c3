package dev.ngbak.repository;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The sidecars of a local repository: a directory for each archive in the state directory. */
final class LocalSidecars implements Sidecars {

    /** Not a name of a sidecar, so that a draft that a killed process left is never listed. */
    private static final String DRAFT = ".new";

    private final Path directory;

    LocalSidecars(StateDirectory state) {
        this.directory = state.resolve("sidecars");
    }

    @Override
    public Map<BackupId, Set<String>> all() throws IOException {
        Map<BackupId, Set<String>> all = new HashMap<>();
        for (String id : names(directory)) {
            if (BackupId.isValid(id)) {
                Set<String> names = names(directory.resolve(id));
                names.removeIf(name -> !NAME.matcher(name).matches());
                if (!names.isEmpty()) {
                    all.put(new BackupId(id), names);
                }
            }
        }
        return all;
    }

    private static Set<String> names(Path directory) throws IOException {
        Set<String> names = new HashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            files.forEach(file -> names.add(file.getFileName().toString()));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return names;
        }
        return names;
    }

    @Override
    public byte[] read(BackupId id, String name) throws IOException {
        try (InputStream in = Files.newInputStream(file(id, name))) {
            byte[] content = in.readNBytes(MAX_BYTES + 1);
            if (content.length > MAX_BYTES) {
                throw new BackupException(
                        Kind.CORRUPT, "The file " + name + " of the backup " + id + " is too large", "Delete it");
            }
            return content;
        } catch (NoSuchFileException e) {
            throw new BackupException(Kind.NOT_FOUND, "The backup " + id + " has no file " + name, "Check the name", e);
        }
    }

    @Override
    public void write(BackupId id, String name, byte[] content) throws IOException {
        Path file = file(id, name);
        Path parent = file.getParent();
        PrivateFiles.createDirectories(parent);
        Path draft = parent.resolve(DRAFT);
        try (FileChannel channel = PrivateFiles.open(
                draft, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        LocalRepository.force(parent);
        LocalRepository.force(directory);
    }

    @Override
    public void delete(BackupId id, String name) throws IOException {
        Path file = file(id, name);
        if (Files.deleteIfExists(file)) {
            LocalRepository.force(file.getParent());
            removeIfEmpty(file.getParent());
        }
    }

    @Override
    public void deleteAll(BackupId id) throws IOException {
        Path parent = directory.resolve(id.text());
        for (String name : names(parent)) {
            Files.deleteIfExists(parent.resolve(name));
        }
        removeIfEmpty(parent);
    }

    private void removeIfEmpty(Path parent) throws IOException {
        try {
            if (Files.deleteIfExists(parent)) {
                LocalRepository.force(directory);
            }
        } catch (DirectoryNotEmptyException e) {
            return; // Other sidecars are left.
        }
    }

    private Path file(BackupId id, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not the name of a sidecar: " + name);
        }
        return directory.resolve(id.text()).resolve(name);
    }
}
