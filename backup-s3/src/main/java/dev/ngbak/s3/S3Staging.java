package dev.ngbak.s3;

import dev.ngbak.archive.EntrySpool;
import dev.ngbak.archive.EntryStaging;
import dev.ngbak.archive.StagedEntry;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** Sends the entries of stores while they are written, or keeps them on the local disk, for one upload. */
final class S3Staging implements EntryStaging {

    private final Path directory;
    private final PartSender sender;
    private final boolean streaming;
    private final PartNumbers numbers = new PartNumbers();
    private final AtomicInteger files = new AtomicInteger();
    private ArchiveChannel archive;

    /**
     * @param directory for what waits locally; the upload deletes it
     * @param streaming whether entries are sent while they are written
     */
    S3Staging(Path directory, PartSender sender, boolean streaming) {
        this.directory = directory;
        this.sender = sender;
        this.streaming = streaming;
    }

    @Override
    public StagedEntry begin(Role role, String path) {
        return streaming && role != null ? new StreamedEntry(this, role, path) : new EntrySpool(directory);
    }

    /** Starts the archive. Call it once. */
    ArchiveChannel assemble(long expectedBytes) {
        archive = new ArchiveChannel(
                this, streaming ? PartNumbers.FIRST_PART_BYTES : PartNumbers.equalPartBytes(expectedBytes));
        return archive;
    }

    /** Returns the archive that {@link #assemble} has started. */
    ArchiveChannel archive() {
        return archive;
    }

    Path directory() {
        return directory;
    }

    PartNumbers numbers() {
        return numbers;
    }

    PartFile newPart() throws IOException {
        return new PartFile(directory.resolve("part-" + files.incrementAndGet()));
    }

    PartSender.Lane newLane() {
        return sender.newLane();
    }

    /** Leaves everything to the upload, because parts may still be on their way. */
    @Override
    public void close() {}
}
