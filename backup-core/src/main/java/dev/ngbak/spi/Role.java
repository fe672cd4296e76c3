package dev.ngbak.spi;

/** The role of a store in a GraphRAG system. It determines the directory of the store's files in an archive. */
public enum Role {
    GRAPH("graph"),
    VECTOR("vector"),
    KV("kv");

    private final String id;

    Role(String id) {
        this.id = id;
    }

    /** Returns the name in manifests, options and answers: {@code graph}, {@code vector} or {@code kv}. */
    public String id() {
        return id;
    }

    /** Returns the setting that names the backend of this role, such as {@code GRAPH_BACKEND}. */
    public String setting() {
        return name() + "_BACKEND";
    }

    /** Returns the directory of this role's files in an archive, with a slash at the end. */
    public String folder(String backend) {
        return switch (this) {
            case GRAPH -> "graph/";
            case VECTOR -> "vectors/" + backend + "/";
            case KV -> "kv/";
        };
    }
}
