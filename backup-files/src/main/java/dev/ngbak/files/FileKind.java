package dev.ngbak.files;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** The three kinds of files that nano-graphrag keeps in its working folder. */
enum FileKind {
    NETWORKX(Role.GRAPH, "networkx", "", ".graphml", "NetworkX GraphML files", "graphml") {
        @Override
        void read(InputStream in, String name, Tally tally) throws IOException {
            GraphRecords.read(in, name, tally);
        }
    },
    NANO(Role.VECTOR, "nano", "vdb_", ".json", "NanoVectorDB files", "nano-vectordb") {
        @Override
        void read(InputStream in, String name, Tally tally) throws IOException {
            VectorRecords.read(in, name, tally);
        }
    },
    JSON(Role.KV, "json", "kv_store_", ".json", "nano-graphrag JSON files", "json") {
        @Override
        void read(InputStream in, String name, Tally tally) throws IOException {
            KvRecords.read(in, name, tally);
        }
    };

    /** What the file systems of Linux take, in bytes. */
    private static final int LONGEST_FILE_NAME = 255;

    private static final String TEMPORARY_PREFIX = ".ngbak-";
    private static final String TEMPORARY_SUFFIX = ".part";

    private final Role role;
    private final String backend;
    private final String prefix;
    private final String suffix;
    private final String product;
    private final String form;

    FileKind(Role role, String backend, String prefix, String suffix, String product, String form) {
        this.role = role;
        this.backend = backend;
        this.prefix = prefix;
        this.suffix = suffix;
        this.product = product;
        this.form = form;
    }

    /** Decodes one file, and adds what it holds to the tally. */
    abstract void read(InputStream in, String name, Tally tally) throws IOException;

    /** An empty tally for files of this kind. */
    Tally begin(Tally tally) {
        if (role == Role.GRAPH) {
            tally.count(GraphRecords.ENTITIES, 0);
            tally.count(GraphRecords.RELATIONSHIPS, 0);
            tally.count(GraphRecords.COMMUNITIES, 0);
        }
        return tally;
    }

    Role role() {
        return role;
    }

    String backend() {
        return backend;
    }

    String suffix() {
        return suffix;
    }

    String product() {
        return product;
    }

    String form() {
        return form;
    }

    /** The pattern of its file names, for messages. */
    String pattern() {
        return prefix + "*" + suffix;
    }

    String fileName(String name) {
        return prefix + name + suffix;
    }

    /** The name that a file name holds, or {@code null} for a file of no such kind. Hidden files are of none. */
    String nameIn(String fileName) {
        boolean fits = fileName.length() >= prefix.length() + suffix.length()
                && fileName.startsWith(prefix)
                && fileName.endsWith(suffix)
                && !fileName.startsWith(".");
        return fits ? fileName.substring(prefix.length(), fileName.length() - suffix.length()) : null;
    }

    /** Why a name from an archive cannot be that of a file of this kind, or {@code null} if it can. */
    String objection(String name) {
        String fileName = fileName(name);
        if (name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
            return "has a character in it that no file's name has";
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(fileName)) {
            return "is not text: it has half of a surrogate pair in it";
        }
        if (fileName.getBytes(StandardCharsets.UTF_8).length > LONGEST_FILE_NAME) {
            return "is too long: the file's name would have more than " + LONGEST_FILE_NAME + " bytes";
        }
        return nameIn(fileName(name)) == null ? "would make a hidden file" : null;
    }

    /** The name of the file that is written beside one, until it takes its place. */
    String temporaryName(String fileName) {
        byte[] bytes = fileName.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= LONGEST_FILE_NAME - TEMPORARY_PREFIX.length() - TEMPORARY_SUFFIX.length()) {
            return TEMPORARY_PREFIX + fileName + TEMPORARY_SUFFIX;
        }
        String hash = HexFormat.of().formatHex(ContentDigest.sha256().digest(bytes));
        return TEMPORARY_PREFIX + fileName(hash) + TEMPORARY_SUFFIX;
    }

    /** Whether a file was left behind by a restore of this kind that was cut off. */
    boolean isTemporary(String fileName) {
        int length = TEMPORARY_PREFIX.length() + TEMPORARY_SUFFIX.length();
        return fileName.length() >= length
                && fileName.startsWith(TEMPORARY_PREFIX)
                && fileName.endsWith(TEMPORARY_SUFFIX)
                && nameIn(fileName.substring(TEMPORARY_PREFIX.length(), fileName.length() - TEMPORARY_SUFFIX.length()))
                        != null;
    }
}
