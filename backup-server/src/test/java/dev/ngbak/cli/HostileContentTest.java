package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.ArchiveWriter;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Compression;
import dev.ngbak.archive.LocalStaging;
import dev.ngbak.archive.Manifest;
import dev.ngbak.cli.NgbakProcess.CommandResult;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests that archives with valid checksums but invalid content are refused, and that nothing is written. */
class HostileContentTest {

    private static final String GRAPH =
            "<graphml xmlns='http://graphml.graphdrawing.org/xmlns'><graph edgedefault='undirected'>"
                    + "<node id='A'/></graph></graphml>";
    private static final String VECTORS = "{\"embedding_dim\": 1, \"data\": [{}], \"matrix\": \"AACAPw==\"}";

    @TempDir
    Path temp;

    private NgbakProcess ngbak;

    @BeforeEach
    void createWorkingFolder() throws IOException {
        ngbak = new NgbakProcess(temp);
        WorkingFolders.make(ngbak.workingDir(), 10, 1);
    }

    /** The file of one store in an archive, and its entry in the manifest. */
    private record Stored(
            Role role, String backend, String form, String name, String suffix, String content, long records) {}

    private static Stored graph(String content) {
        return new Stored(Role.GRAPH, "networkx", "graphml", "g", ".graphml", content, 1);
    }

    private static Stored vectors(String content) {
        return new Stored(Role.VECTOR, "nano", "nano-vectordb", "entities", ".json", content, 1);
    }

    private static Stored documents(String content, long records) {
        return new Stored(Role.KV, "json", "json", "full_docs", ".json", content, records);
    }

    private Path archive(Stored... stores) throws IOException {
        Path target = temp.resolve("hostile.ngbak");
        try (ArchiveWriter writer =
                new ArchiveWriter(new LocalStaging(Files.createTempDirectory(temp, "work")), Compression.GZIP)) {
            Map<Role, Manifest.Store> records = new TreeMap<>();
            for (Stored store : stores) {
                writer.sink(store.role, store.backend)
                        .put(
                                store.name,
                                store.suffix,
                                out -> out.write(store.content.getBytes(StandardCharsets.UTF_8)));
                records.put(
                        store.role,
                        new Manifest.Store(
                                store.backend,
                                new StoreInfo("a product", "unknown", store.form, Map.of(), -1),
                                new StoreSummary(store.records, StoreCounts.NONE, null, List.of()),
                                writer.names(store.role, store.backend)));
            }
            Manifest manifest = new Manifest(
                    new BackupId("hostile"),
                    Instant.parse("2025-10-06T14:30:00Z"),
                    "somebody",
                    new Manifest.SourceSystem("nano-graphrag", "unknown", null),
                    null,
                    Map.of(),
                    records,
                    new Manifest.Consistency(Manifest.Grade.FUZZY, Map.of()),
                    0,
                    writer.files(),
                    Manifest.checksumOf(writer.files()));
            try (FileChannel channel =
                    FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                writer.assemble(manifest, channel);
            }
        }
        return target;
    }

    private Map<String, Long> tree() throws IOException {
        Map<String, Long> tree = new TreeMap<>();
        try (Stream<Path> files = Files.walk(temp)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                tree.put(temp.relativize(file).toString(), Files.size(file));
            }
        }
        tree.remove("backups/.ngbak/lock");
        tree.keySet().removeIf(name -> name.startsWith("backups/.ngbak/jobs/"));
        return tree;
    }

    private void assertRefused(int code, String reason, Stored... stores) throws Exception {
        Path archive = archive(stores);
        Map<String, Long> before = tree();
        for (List<String> command :
                List.of(List.of("verify", archive.toString()), List.of("restore", archive.toString(), "--yes"))) {
            CommandResult ended = ngbak.run(command.toArray(String[]::new));
            assertThat(ended.code()).as(ended.err()).isEqualTo(code);
            assertThat(ended.err()).contains(reason);
        }
        assertThat(tree()).isEqualTo(before);
    }

    @Test
    void validArchiveIsAccepted() throws Exception {
        Path archive = archive(graph(GRAPH), vectors(VECTORS), documents("{\"a\": 1}", 1));

        assertThat(ngbak.run("verify", archive.toString()).code()).isZero();
        CommandResult restore = ngbak.run("restore", archive.toString(), "--yes");

        assertThat(restore.code()).as(restore.err()).isZero();
        assertThat(ngbak.workingDir().resolve("kv_store_full_docs.json")).hasContent("{\"a\": 1}");
    }

    @Test
    void malformedJsonIsRefused() throws Exception {
        assertRefused(4, "kv/full_docs.json", documents("{\"a\": ", 1));
    }

    @Test
    void wrongRecordCountIsRefused() throws Exception {
        assertRefused(4, "2 records expected, 1 found", documents("{\"a\": 1}", 2));
    }

    @Test
    void documentTypeInAGraphIsRefused() throws Exception {
        String bomb = "<!DOCTYPE g [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>"
                + GRAPH.replace("id='A'", "id='&b;'");
        assertRefused(4, "graph/g.graphml", graph(bomb));
    }

    @Test
    void matrixOfTheWrongSizeIsRefused() throws Exception {
        assertRefused(4, "vectors/nano/entities.json", vectors(VECTORS.replace("AACAPw==", "AACAPwAAgD8=")));
    }

    @Test
    void nameThatEscapesTheFolderIsRefused() throws Exception {
        assertRefused(
                4,
                "contains a character that file names cannot contain",
                new Stored(Role.KV, "json", "json", "/../../../escaped", ".json", "{\"a\": 1}", 1));
    }

    @Test
    void unknownFormIsRefused() throws Exception {
        assertRefused(8, "a-form-of-2040", new Stored(Role.KV, "json", "a-form-of-2040", "x", ".json", "{}", 0));
    }

    @Test
    void controlCharactersInNotesAreNotPrinted() throws Exception {
        ngbak.run("backup", "--id", "mine", "--note", "\u001b[2J\u0007hidden");

        CommandResult list = ngbak.run("list");
        CommandResult inspect = ngbak.run("inspect", "mine");

        assertThat(list.out() + inspect.out())
                .contains("hidden")
                .doesNotContain("\u001b")
                .doesNotContain("\u0007");
    }

    @Test
    void deeplyNestedJsonIsDecoded() throws Exception {
        String deep = "{\"a\": " + "[".repeat(200_000) + "]".repeat(200_000) + "}";
        Path archive = archive(documents(deep, 1));

        CommandResult verify = ngbak.run("verify", archive.toString());

        assertThat(verify.code()).as(verify.err()).isZero();
    }
}
