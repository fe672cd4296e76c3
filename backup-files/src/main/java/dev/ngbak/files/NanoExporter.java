package dev.ngbak.files;

/** Backs up the NanoVectorDB files in {@code WORKING_DIR}. */
public final class NanoExporter extends FileExporter {

    public NanoExporter() {
        super(FileKind.NANO);
    }
}
