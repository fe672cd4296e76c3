package dev.ngbak.files;

/** Restores the NanoVectorDB files in {@code WORKING_DIR}. */
public final class NanoRestorer extends FileRestorer {

    public NanoRestorer() {
        super(FileKind.NANO);
    }
}
