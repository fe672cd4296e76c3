package dev.ngbak.archive;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Stages one packed entry in pieces until the archive is assembled. Each piece is deleted as soon as it is copied, so that the
 * disk never holds more than one piece twice.
 */
public final class EntrySpool extends StagedEntry {

    private static final int DEFAULT_PIECE_BYTES = 64 << 20;

    private final Path directory;
    private final int pieceBytes;
    private final List<Path> pieces = new ArrayList<>();
    private OutputStream last = nullOutputStream();
    private long room;
    private long size;

    /** @param directory for the pieces; deleting its content deletes the entry */
    public EntrySpool(Path directory) {
        this(directory, DEFAULT_PIECE_BYTES);
    }

    /** @param pieceBytes the size at which a new piece starts; a write is never split, so a piece may be larger */
    EntrySpool(Path directory, int pieceBytes) {
        this.directory = directory;
        this.pieceBytes = pieceBytes;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (room <= 0) {
            last.close();
            Path piece = Files.createTempFile(directory, "entry", ".part");
            pieces.add(piece);
            last = Files.newOutputStream(piece);
            room = pieceBytes;
        }
        last.write(bytes, offset, length);
        room -= length;
        size += length;
    }

    @Override
    public void close() throws IOException {
        last.close();
        // The closed stream still refers to the last array that was written to it. An entry stays staged until the end
        // of the backup, so the array would stay in memory as well.
        last = nullOutputStream();
    }

    @Override
    public long size() {
        return size;
    }

    /** Deletes each piece as soon as it is copied. */
    @Override
    public void moveTo(WritableByteChannel target) throws IOException {
        for (Path piece : pieces) {
            try (FileChannel source = FileChannel.open(piece)) {
                long at = 0;
                while (at < source.size()) {
                    at += source.transferTo(at, source.size() - at, target);
                }
            }
            Files.delete(piece);
        }
        pieces.clear();
    }

    @Override
    public void delete() throws IOException {
        close();
        for (Path piece : pieces) {
            Files.deleteIfExists(piece);
        }
        pieces.clear();
    }
}
