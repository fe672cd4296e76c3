package dev.ngbak.files;

/** Backs up the GraphML files of NetworkX in {@code WORKING_DIR}. */
public final class NetworkxExporter extends FileExporter {

    public NetworkxExporter() {
        super(FileKind.NETWORKX);
    }
}
