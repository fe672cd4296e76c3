package dev.ngbak.repository;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.EntryStaging;
import dev.ngbak.archive.LocalStaging;
import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.archive.ReadableArchive;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes an archive in the state directory, which is on the same file system, and renames it to its final place. */
final class LocalUpload implements ArchiveUpload {

    private final StateDirectory state;
    private final Path directory;
    private final Path staged;
    private final Path target;
    private final boolean replacing;
    private FileChannel channel;

    /** @param replacing whether an archive at the target may be replaced */
    LocalUpload(StateDirectory state, Path target, boolean replacing) throws IOException {
        this.state = state;
        this.directory = state.newStaging();
        this.staged = directory.resolve("archive.part");
        this.target = target;
        this.replacing = replacing;
    }

    @Override
    public EntryStaging staging() throws IOException {
        return new LocalStaging(state.newStaging());
    }

    @Override
    public FileChannel channel(long expectedBytes) throws IOException {
        channel = PrivateFiles.open(staged, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        return channel;
    }

    @Override
    public ReadableArchive commit(Check check) throws IOException {
        channel.force(true);
        channel.close();
        check.read(new ArchiveFile(staged));
        if (!replacing && Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw LocalRepository.exists(
                    BackupId.ofFileName(target.getFileName().toString()));
        }
        Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
        LocalRepository.force(target.toAbsolutePath().getParent());
        return new ArchiveFile(target);
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
        StateDirectory.deleteTree(directory);
    }
}
