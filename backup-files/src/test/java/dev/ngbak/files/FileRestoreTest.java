package dev.ngbak.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.Summaries;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileRestoreTest {

    private static final StoreInfo ARCHIVED =
            new StoreInfo("nano-graphrag JSON files", "unknown", "json", Map.of(), -1);
    private static final StoreInfo VECTORS =
            new StoreInfo("NanoVectorDB files", "unknown", "nano-vectordb", Map.of(), -1);

    @TempDir
    Path temporary;

    private Path folder() {
        return temporary.resolve("working");
    }

    private Path file(String name) {
        return folder().resolve(name);
    }

    private RestoreSession open() {
        return new JsonRestorer().open(Settings.of(Map.of("WORKING_DIR", folder().toString())));
    }

    private StoreSummary restore(EntrySource source) throws IOException {
        try (RestoreSession session = open()) {
            return Summaries.restore(session, source, Progress.NONE);
        }
    }

    private static StoreSummary read(EntrySource source) throws IOException {
        return Summaries.read(new JsonRestorer(), source, Settings.of(Map.of()));
    }

    private List<String> problems(long bytes) throws IOException {
        try (RestoreSession session = open()) {
            return session.problems(ARCHIVED, bytes).stream()
                    .map(BackupException::getMessage)
                    .toList();
        }
    }

    private static EntrySource archive(String... namesAndContents) {
        InMemoryEntries entries = new InMemoryEntries("kv/");
        for (int i = 0; i < namesAndContents.length; i += 2) {
            entries.with(namesAndContents[i], ".json", namesAndContents[i + 1].getBytes(UTF_8));
        }
        return entries.source(ARCHIVED);
    }

    /** Returns an archive with names as an attacker may write them into a manifest. */
    private static EntrySource hostile(String... names) {
        return new EntrySource() {
            @Override
            public StoreInfo archived() {
                return ARCHIVED;
            }

            @Override
            public void forEach(Visitor visitor) throws IOException {
                for (int i = 0; i < names.length; i++) {
                    visitor.visit(
                            new Entry(names[i], "kv/" + i + ".json", 2, ""),
                            new ByteArrayInputStream("{}".getBytes(UTF_8)));
                }
            }
        };
    }

    private static BackupException failureOf(ThrowingCallable call) {
        BackupException failure = catchThrowableOfType(BackupException.class, call);
        assertThat(failure).isNotNull();
        assertThat(failure.remedy()).isNotBlank();
        return failure;
    }

    @Test
    void restoreCreatesAMissingDirectory() throws IOException {
        assertThat(problems(10)).isEmpty();
        assertThat(folder()).doesNotExist();
        restore(archive("a", "{}", "b", "{\"x\": 1}"));
        assertThat(SampleFiles.tree(folder()))
                .isEqualTo(Map.of("", "", "kv_store_a.json", "{}", "kv_store_b.json", "{\"x\": 1}"));
    }

    @Test
    void failedRestoreRemovesTheDirectoryThatItCreated() throws IOException {
        failureOf(() -> restore(archive("a", "{}", "b", "{cut")));
        assertThat(folder()).doesNotExist();
    }

    @Test
    void restoreKeepsModeAndOwnerOfReplacedFiles() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{}");
        Files.setPosixFilePermissions(file("kv_store_a.json"), PosixFilePermissions.fromString("rw-rw----"));
        boolean root = giveAway(file("kv_store_a.json"));
        boolean rootToo = giveAway(folder());
        PosixFileAttributes before = Files.readAttributes(file("kv_store_a.json"), PosixFileAttributes.class);

        StoreSummary summary = restore(archive("a", "{\"x\": 1}", "new", "{}"));

        PosixFileAttributes replaced = Files.readAttributes(file("kv_store_a.json"), PosixFileAttributes.class);
        assertThat(replaced.permissions()).isEqualTo(before.permissions());
        assertThat(replaced.owner()).isEqualTo(before.owner());
        assertThat(replaced.group()).isEqualTo(before.group());
        assertThat(replaced.fileKey()).isNotEqualTo(before.fileKey());
        PosixFileAttributes added = Files.readAttributes(file("kv_store_new.json"), PosixFileAttributes.class);
        assertThat(PosixFilePermissions.toString(added.permissions())).isEqualTo("rw-r--r--");
        assertThat(added.owner()).isEqualTo(Files.getOwner(folder()));
        assertThat(summary.warnings()).isEmpty();
        assertThat(rootToo).isEqualTo(root);
        if (root) {
            assertThat(Files.getAttribute(file("kv_store_a.json"), "unix:uid")).isEqualTo(4711);
            assertThat(Files.getAttribute(file("kv_store_new.json"), "unix:gid"))
                    .isEqualTo(4712);
        }
    }

    /** Returns whether it succeeded, which only root does. Otherwise the test sees that files keep their owner. */
    private static boolean giveAway(Path path) {
        try {
            Files.setAttribute(path, "unix:uid", 4711);
            Files.setAttribute(path, "unix:gid", 4712);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void restoreReplacesTheTargetOfALink() throws IOException {
        SampleFiles.write(temporary.resolve("elsewhere"), "docs", "{}");
        Path target = temporary.resolve("elsewhere").resolve("docs");
        Files.createDirectories(folder());
        Files.createSymbolicLink(file("kv_store_a.json"), target);
        Files.createSymbolicLink(file("kv_store_old.json"), target.resolveSibling("old"));
        SampleFiles.write(temporary.resolve("elsewhere"), "old", "{}");

        restore(archive("a", "{\"x\": 1}"));

        assertThat(file("kv_store_a.json")).isSymbolicLink();
        assertThat(target).hasContent("{\"x\": 1}");
        assertThat(file("kv_store_old.json")).doesNotExist();
        assertThat(SampleFiles.names(target.getParent())).containsExactly("docs", "old");
    }

    @Test
    void restoreFailsIfTwoNamesLeadToOneFile() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{}");
        Files.createSymbolicLink(file("kv_store_b.json"), Path.of("kv_store_a.json"));
        assertThat(problems(0))
                .singleElement()
                .asString()
                .contains("kv_store_a.json", "kv_store_b.json", "are the same file");
        assertThat(failureOf(() -> restore(archive("a", "{}", "b", "{}"))).kind())
                .isEqualTo(Kind.INCOMPATIBLE);
    }

    @Test
    void problemsListsEverythingAndWritesNothing() throws IOException {
        Files.createDirectories(file("kv_store_dir.json"));
        Files.createSymbolicLink(file("kv_store_link.json"), Path.of("nowhere"));
        Map<String, String> before = SampleFiles.tree(folder());
        try (RestoreSession session = open()) {
            assertThat(session.problems(VECTORS, Long.MAX_VALUE))
                    .anySatisfy(problem -> assertThat(problem.kind()).isEqualTo(Kind.NO_SPACE))
                    .extracting(BackupException::getMessage)
                    .hasSize(4)
                    .anySatisfy(problem -> assertThat(problem).contains("nano-vectordb", "KV_BACKEND=json", "\"json\""))
                    .anySatisfy(problem ->
                            assertThat(problem).contains("WORKING_DIR", Long.toString(Long.MAX_VALUE), "Free space"))
                    .anySatisfy(problem -> assertThat(problem).contains("kv_store_dir.json", "is not a file"))
                    .anySatisfy(problem -> assertThat(problem).contains("kv_store_link.json", "is not a file"));
        }
        BackupException failure = failureOf(() -> restore(archive("dir", "{}")));
        assertThat(failure.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(failure.problem()).contains("kv_store_dir.json");
        assertThat(failure.effect()).contains(Effect.NOTHING_CHANGED);
        assertThat(SampleFiles.tree(folder())).isEqualTo(before);
    }

    @Test
    void problemsNamesADirectoryThatCannotBeCreated() throws IOException {
        try (RestoreSession session = new JsonRestorer()
                .open(Settings.of(Map.of("WORKING_DIR", folder().resolve("a/b").toString())))) {
            assertThat(session.problems(ARCHIVED, 0))
                    .singleElement()
                    .asString()
                    .contains("WORKING_DIR is " + folder().resolve("a/b"), "Create the parent folder");
        }
    }

    @Test
    void restoreOfVectorsFailsNextToHnswlibFiles() throws IOException {
        SampleFiles.write(folder(), "entities_hnsw.index", "index");
        try (RestoreSession session =
                new NanoRestorer().open(Settings.of(Map.of("WORKING_DIR", folder().toString())))) {
            assertThat(session.problems(VECTORS, 0))
                    .singleElement()
                    .asString()
                    .contains("VECTOR_BACKEND", "entities_hnsw.index", "NanoVectorDBStorage");
            EntrySource empty = new InMemoryEntries("vectors/nano/").source(VECTORS);
            assertThat(failureOf(() -> Summaries.restore(session, empty, Progress.NONE))
                            .problem())
                    .contains("entities_hnsw.index");
        }
        assertThat(file("entities_hnsw.index")).hasContent("index");
    }

    /** A verification must find them, so that a restore does not fail after it has begun to write. */
    @Test
    void namesThatNoFileCanHaveAreCorrupt() throws IOException {
        int room = 255 - "kv_store_.json".length();
        String longest = "é".repeat(room / 2) + "n".repeat(room % 2);
        assertThat(read(hostile(longest, "\ud83d\ude00", ".", "..")).records()).isZero();
        for (String name :
                List.of(longest + "n", "n".repeat(room + 1), "half \ud800 of a pair", "\udc00", "a/b", "\0")) {
            BackupException failure = failureOf(() -> read(hostile(name)));
            assertThat(failure.kind()).isEqualTo(Kind.CORRUPT);
            assertThat(failure.problem()).contains("kv/0.json");
        }
    }

    @Test
    void noNameFromAnArchiveEscapesTheDirectory() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{\"old\": 1}");
        Map<String, String> before = SampleFiles.tree(temporary);
        for (String name : new String[] {"../../evil", "/etc/evil", "x/../../evil", "x/y", "nul\0", "..\\/"}) {
            assertThat(failureOf(() -> restore(hostile("b", name))).kind()).isEqualTo(Kind.CORRUPT);
            BackupException failure = failureOf(() -> read(hostile(name)));
            assertThat(failure.kind()).isEqualTo(Kind.CORRUPT);
            assertThat(failure.problem()).contains("kv/0.json").doesNotContain("\0");
        }
        assertThat(failureOf(() -> restore(hostile("a", "a"))).problem()).contains("is that of another file");
        FileNames graphs = FileKind.NETWORKX.names(Settings.of(Map.of()));
        assertThat(graphs.problem(".hidden")).contains("would create a hidden file");
        assertThat(graphs.problem("")).contains("would create a hidden file");
        assertThat(SampleFiles.tree(temporary)).isEqualTo(before);
    }

    @Test
    void restoresFilesWithLongAndUnusualNames() throws IOException {
        String longest = "n".repeat(255 - "kv_store_.json".length());
        restore(archive(longest, "{}", "..", "{}", "a\\b", "{}", "", "{}", "\u202e%2F", "{}"));
        assertThat(SampleFiles.names(folder()))
                .containsExactlyInAnyOrder(
                        "kv_store_" + longest + ".json",
                        "kv_store_...json",
                        "kv_store_a\\b.json",
                        "kv_store_.json",
                        "kv_store_\u202e%2F.json");
    }

    @Test
    void malformedContentIsCorruptAndChangesNothing() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{\"old\": 1}");
        Map<String, String> before = SampleFiles.tree(folder());
        BackupException failure = failureOf(() -> restore(archive("a", "{}", "b", "{\"x\": tru")));
        assertThat(failure.kind()).isEqualTo(Kind.CORRUPT);
        assertThat(failure.problem())
                .isEqualTo("kv/b.json in the archive is not valid JSON at byte 9: the text ends too early");
        assertThat(SampleFiles.tree(folder())).isEqualTo(before);
        assertThat(failureOf(() -> read(archive("a", "[]"))).problem())
                .startsWith("kv/a.json in the archive is not valid JSON at byte 0");
    }

    @Test
    void rawFilesAreRestoredAndComparedByteForByte() throws IOException {
        SampleFiles.write(folder(), "kv_store_new.json", "{}");
        StoreInfo raw = new StoreInfo("nano-graphrag JSON files", "unknown", ExportSession.RAW, Map.of(), -1);
        EntrySource source = new InMemoryEntries("kv/")
                .with("cut", ".json", "{\"a\": {\"conte".getBytes(UTF_8))
                .source(raw);

        assertThat(read(source)).isEqualTo(StoreSummary.opaque());
        try (RestoreSession session = open()) {
            assertThat(session.problems(raw, 10)).isEmpty();
            assertThat(Summaries.restore(session, source, Progress.NONE)).isEqualTo(StoreSummary.opaque());
            assertThat(file("kv_store_new.json")).doesNotExist();
            assertThat(file("kv_store_cut.json")).hasContent("{\"a\": {\"conte");
            assertThat(Summaries.readBack(session, Progress.NONE)).contains(StoreSummary.opaque());

            Files.writeString(file("kv_store_cut.json"), "{\"b");
            assertThatThrownBy(() -> Summaries.readBack(session, Progress.NONE))
                    .isInstanceOf(BackupException.class)
                    .hasMessageContaining("WORKING_DIR")
                    .hasMessageContaining("byte for byte");
        }
    }

    @Test
    void restoreRemovesLeftoversOfItsKind() throws IOException {
        SampleFiles.write(folder(), ".ngbak-kv_store_a.json.part", "half");
        SampleFiles.write(folder(), ".ngbak-vdb_a.json.part", "of another kind");
        restore(archive("a", "{}"));
        assertThat(SampleFiles.names(folder())).containsExactly(".ngbak-vdb_a.json.part", "kv_store_a.json");
    }

    @Test
    void failureNamesTheFileThatCannotBeReplaced() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{}");
        SampleFiles.write(folder(), "kv_store_b.json", "{}");
        EntrySource archive = archive("a", "{\"new\": 1}", "b", "{\"new\": 1}");
        // A directory replaces a file after the preflight, so that the last step fails.
        EntrySource late = new EntrySource() {
            @Override
            public StoreInfo archived() {
                return archive.archived();
            }

            @Override
            public void forEach(Visitor visitor) throws IOException {
                archive.forEach(visitor);
                Files.delete(file("kv_store_b.json"));
                SampleFiles.write(file("kv_store_b.json"), "obstacle", "");
            }
        };
        BackupException failure = failureOf(() -> restore(late));
        assertThat(failure.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(failure.problem())
                .contains(
                        "kv_store_b.json in WORKING_DIR", "cannot be replaced", "1 of 2 files were replaced before it");
        assertThat(failure.remedy()).contains("mount the folder");
        assertThat(SampleFiles.names(folder())).containsExactly("kv_store_a.json", "kv_store_b.json");

        SampleFiles.delete(file("kv_store_b.json"));
        restore(archive);
        assertThat(file("kv_store_b.json")).hasContent("{\"new\": 1}");
    }
}
