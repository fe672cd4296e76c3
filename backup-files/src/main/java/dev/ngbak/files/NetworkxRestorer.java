package dev.ngbak.files;

/** Restores the GraphML files of NetworkX in {@code WORKING_DIR}. */
public final class NetworkxRestorer extends FileRestorer {

    public NetworkxRestorer() {
        super(FileKind.NETWORKX);
    }
}
