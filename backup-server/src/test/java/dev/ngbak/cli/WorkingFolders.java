package dev.ngbak.cli;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Random;
import java.util.stream.Stream;

/** Creates synthetic working folders. */
public final class WorkingFolders {

    private WorkingFolders() {}

    /** The sample that LightRAG itself wrote: the workspaces harbour and harbour_2. */
    public static final Path LIGHTRAG = Path.of("../samples/lightrag/rag_storage");

    /** Creates a folder of about this size: half vectors, half documents, and a small graph. */
    public static Path make(Path folder, int kilobytes, long seed) throws IOException {
        Files.createDirectories(folder);
        Random random = new Random(seed);
        int dim = 256;
        int rows = Math.max(1, kilobytes * 512 / (dim * 4 * 4 / 3));
        byte[] matrix = new byte[rows * dim * 4];
        random.nextBytes(matrix);
        try (BufferedWriter out = Files.newBufferedWriter(folder.resolve("vdb_entities.json"))) {
            out.write("{\"embedding_dim\": " + dim + ", \"data\": [");
            for (int i = 0; i < rows; i++) {
                out.write((i == 0 ? "" : ", ") + "{\"__id__\": \"ent-" + i + "\", \"entity_name\": \"E" + i + "\"}");
            }
            out.write("], \"matrix\": \"" + Base64.getEncoder().encodeToString(matrix) + "\"}");
        }
        try (BufferedWriter out = Files.newBufferedWriter(folder.resolve("kv_store_full_docs.json"))) {
            out.write("{");
            for (int i = 0; i < kilobytes / 2; i++) {
                out.write((i == 0 ? "\n" : ",\n") + "  \"doc-" + i + "\": {\"content\": \"");
                for (int word = 0; word < 120; word++) {
                    out.write(Integer.toString(random.nextInt(1_000_000), 36) + " ");
                }
                out.write("\"}");
            }
            out.write("\n}");
        }
        try (BufferedWriter out = Files.newBufferedWriter(folder.resolve("graph_chunk_entity_relation.graphml"))) {
            out.write("<?xml version='1.0' encoding='utf-8'?>\n<graphml><graph edgedefault=\"undirected\">");
            for (int i = 0; i < rows; i++) {
                out.write("<node id=\"E" + i + "\"/><edge source=\"E" + i + "\" target=\"E" + random.nextInt(rows)
                        + "\"/>");
            }
            out.write("</graph></graphml>");
        }
        return folder;
    }

    /** Copies a folder with its folders. */
    public static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
    }
}
