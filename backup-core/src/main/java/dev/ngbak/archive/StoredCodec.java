package dev.ngbak.archive;

import java.io.InputStream;

/** Packs blocks without compressing them. */
final class StoredCodec implements BlockCodec {

    @Override
    public void pack(Block block) {
        System.arraycopy(block.raw, 0, block.packed, 0, block.length);
        block.packedLength = block.length;
    }

    @Override
    public boolean isParallel() {
        return false;
    }

    @Override
    public int findBlockEnd(byte[] bytes, int from, int to) {
        return -1;
    }

    @Override
    public void unpack(Block block) {
        block.length = -1;
    }

    @Override
    public InputStream unpack(InputStream in) {
        return in;
    }
}
