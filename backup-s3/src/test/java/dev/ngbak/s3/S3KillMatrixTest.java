package dev.ngbak.s3;

import dev.ngbak.spi.Settings;
import dev.ngbak.testkit.KillMatrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.model.MultipartUpload;

/** Kills restores of files whose archive is in a bucket. Each must end with all old files or all new files. */
class S3KillMatrixTest {

    @TempDir
    private Path directory;

    /** Three stores of files, a bucket, and a place for safety archives. */
    private record FilesAndBucket(Path folder, S3Service service, String safety) implements KillMatrix.Scene {

        @Override
        public Map<String, String> settings() {
            Settings bucket = service.settings();
            Map<String, String> all = new HashMap<>(
                    bucket.names().stream().collect(Collectors.toMap(name -> name, name -> bucket.text(name, ""))));
            all.put("WORKING_DIR", folder.toString());
            all.put("BACKUP_SAFETY", safety);
            return all;
        }

        @Override
        public void makeNew() throws IOException {
            make(1, "text_chunks");
        }

        @Override
        public void makeOld() throws IOException {
            make(2, "community_reports");
        }

        /** Each state has a file that the other does not have. */
        private void make(long seed, String namespace) throws IOException {
            Files.createDirectories(folder);
            for (Path file : files()) {
                Files.delete(file);
            }
            Random random = new Random(seed);
            byte[] vectors = new byte[300 * 16 * Float.BYTES];
            random.nextBytes(vectors);
            write(
                    "vdb_entities.json",
                    "{\"embedding_dim\": 16, \"data\": ["
                            + each(n -> "{\"__id__\": \"ent-" + n + "\", \"entity_name\": \"E" + n + "\"}", ", ")
                            + "], \"matrix\": \"" + Base64.getEncoder().encodeToString(vectors) + "\"}");
            write(
                    "graph_chunk_entity_relation.graphml",
                    "<?xml version='1.0' encoding='utf-8'?>\n<graphml><graph edgedefault=\"undirected\">"
                            + each(n -> "<node id=\"E" + seed + "-" + n + "\"/>", "") + "</graph></graphml>");
            for (String kv : List.of("full_docs", namespace)) {
                write(
                        "kv_store_" + kv + ".json",
                        "{" + each(n -> "\"key-" + n + "\": {\"content\": \"" + random.nextLong() + "\"}", ", ") + "}");
            }
        }

        private static String each(IntFunction<String> text, String separator) {
            return IntStream.range(0, 300).mapToObj(text).collect(Collectors.joining(separator));
        }

        private void write(String name, String content) throws IOException {
            Files.writeString(folder.resolve(name), content);
        }

        private Collection<Path> files() throws IOException {
            try (Stream<Path> files = Files.list(folder)) {
                return files.toList();
            }
        }

        @Override
        public Object picture() throws IOException {
            Map<String, String> picture = new TreeMap<>();
            for (Path file : files()) {
                picture.put(file.getFileName().toString(), Files.readString(file));
            }
            return picture;
        }

        @Override
        public List<String> leftovers() throws IOException {
            return Stream.concat(
                            files().stream()
                                    .map(file -> file.getFileName().toString())
                                    .filter(name -> name.startsWith(".")),
                            service.openUploads().stream().map(MultipartUpload::key))
                    .toList();
        }

        @Override
        public Set<String> stateFiles() {
            return Set.of("lock", "s3-place", "s3-service");
        }
    }

    private KillMatrix matrix(S3Service service, String safety) throws IOException {
        service.useNewBucket();
        Path home = Files.createDirectory(directory.resolve(safety));
        return new KillMatrix(home, new FilesAndBucket(directory.resolve("working_dir"), service, safety));
    }

    @Test
    void killedRestoreFromABucketNeverLeavesAMix() throws Exception {
        try (S3Service service = S3Service.s3proxy()) {
            matrix(service, "repository").killAtSomeRecords(3, 1);
            matrix(service, "local").killAtSomeRecords(1, 2);
        }
    }

    /** Writes a table in docs/kill-matrix.md. */
    @Test
    @Tag("full")
    void restoreWithASafetyArchiveInTheBucketNeverLeavesAMix() throws Exception {
        killOften("repository", "Files, archive and safety archive in a bucket");
    }

    /** Writes a table in docs/kill-matrix.md. */
    @Test
    @Tag("full")
    void restoreWithALocalSafetyArchiveNeverLeavesAMix() throws Exception {
        killOften("local", "Files, archive in a bucket, safety archive on the local disk");
    }

    private void killOften(String safety, String heading) throws Exception {
        try (S3Service service = S3Service.s3proxy()) {
            KillMatrix matrix = matrix(service, safety);
            matrix.killAtEveryRecord();
            matrix.killAtRandom(50, System.nanoTime());
            matrix.writeTable(Path.of("../docs/kill-matrix.md"), heading);
        }
    }
}
