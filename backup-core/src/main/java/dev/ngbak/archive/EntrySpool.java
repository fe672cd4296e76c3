package dev.ngbak.archive;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One packed file that waits for its place in an archive, in pieces. Each piece is deleted when it is copied, so that the
 * disk never holds more than one of them twice, and the system's cache has no use for more memory either.
 */
final class EntrySpool extends OutputStream {

    private static final int PIECE = 64 << 20;

    private final Path folder;
    private final int pieceSize;
    private final List<Path> pieces = new ArrayList<>();
    private OutputStream last = nullOutputStream();
    private long room;

    /** @param folder where the pieces are made; whoever deletes all that is in it has deleted the spool too */
    EntrySpool(Path folder) {
        this(folder, PIECE);
    }

    /** @param pieceSize in bytes; no write is cut, so that a piece may be larger by one */
    EntrySpool(Path folder, int pieceSize) {
        this.folder = folder;
        this.pieceSize = pieceSize;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (room <= 0) {
            last.close();
            Path piece = Files.createTempFile(folder, "entry", ".part");
            pieces.add(piece);
            last = Files.newOutputStream(piece);
            room = pieceSize;
        }
        last.write(bytes, offset, length);
        room -= length;
    }

    @Override
    public void close() throws IOException {
        last.close();
        // A channel's stream keeps the array that was last written, and a spool waits as long as the backup takes.
        last = nullOutputStream();
    }

    /** Moves all of it behind what the target has, piece by piece. */
    void moveTo(FileChannel target) throws IOException {
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

    void delete() throws IOException {
        for (Path piece : pieces) {
            Files.deleteIfExists(piece);
        }
        pieces.clear();
    }
}
