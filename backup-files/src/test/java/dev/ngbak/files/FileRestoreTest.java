package dev.ngbak.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
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
            return session.restore(source, Progress.NONE);
        }
    }

    private List<String> problems(long bytes) throws IOException {
        try (RestoreSession session = open()) {
            return session.problems(ARCHIVED, bytes).stream()
                    .map(BackupException::getMessage)
                    .toList();
        }
    }

    private static EntrySource archive(String... namesAndContents) {
        InMemoryEntries shelf = new InMemoryEntries("kv/");
        for (int i = 0; i < namesAndContents.length; i += 2) {
            shelf.with(namesAndContents[i], ".json", namesAndContents[i + 1].getBytes(UTF_8));
        }
        return shelf.source(ARCHIVED);
    }

    /** An archive that an attacker made: names come from a manifest, and may be anything. */
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

    private static BackupException refused(ThrowingCallable call) {
        BackupException refusal = catchThrowableOfType(BackupException.class, call);
        assertThat(refusal).isNotNull();
        assertThat(refusal.remedy()).isNotBlank();
        return refusal;
    }

    @Test
    void createsAMissingFolder() throws IOException {
        assertThat(problems(10)).isEmpty();
        assertThat(folder()).doesNotExist();
        restore(archive("a", "{}", "b", "{\"x\": 1}"));
        assertThat(SampleFiles.tree(folder()))
                .isEqualTo(Map.of("", "", "kv_store_a.json", "{}", "kv_store_b.json", "{\"x\": 1}"));
    }

    @Test
    void removesAFolderThatItCreatedInVain() throws IOException {
        refused(() -> restore(archive("a", "{}", "b", "{cut")));
        assertThat(folder()).doesNotExist();
    }

    @Test
    void keepsModeAndOwnerOfWhatItReplaces() throws IOException {
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

    /** Only root can; everybody else sees that the own files stay the own ones. */
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
    void replacesWhatALinkLeadsTo() throws IOException {
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
    void refusesTwoLinksToOneFile() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{}");
        Files.createSymbolicLink(file("kv_store_b.json"), Path.of("kv_store_a.json"));
        assertThat(problems(0))
                .singleElement()
                .asString()
                .contains("kv_store_a.json", "kv_store_b.json", "are one file");
        assertThat(refused(() -> restore(archive("a", "{}", "b", "{}"))).kind()).isEqualTo(Kind.INCOMPATIBLE);
    }

    @Test
    void tellsAllProblemsAtOnceAndWritesNothing() throws IOException {
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
                            assertThat(problem).contains("WORKING_DIR", Long.toString(Long.MAX_VALUE), "Make room"))
                    .anySatisfy(problem -> assertThat(problem).contains("kv_store_dir.json", "is not a file"))
                    .anySatisfy(problem -> assertThat(problem).contains("kv_store_link.json", "is not a file"));
        }
        BackupException refusal = refused(() -> restore(archive("dir", "{}")));
        assertThat(refusal.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(refusal.problem()).contains("kv_store_dir.json").endsWith("Nothing was changed");
        assertThat(SampleFiles.tree(folder())).isEqualTo(before);
    }

    @Test
    void tellsThatTheFolderCannotBeCreated() throws IOException {
        try (RestoreSession session = new JsonRestorer()
                .open(Settings.of(Map.of("WORKING_DIR", folder().resolve("a/b").toString())))) {
            assertThat(session.problems(ARCHIVED, 0))
                    .singleElement()
                    .asString()
                    .contains("WORKING_DIR is " + folder().resolve("a/b"), "Create it");
        }
    }

    @Test
    void refusesToRestoreVectorsBesideHnswlib() throws IOException {
        SampleFiles.write(folder(), "entities_hnsw.index", "index");
        try (RestoreSession session =
                new NanoRestorer().open(Settings.of(Map.of("WORKING_DIR", folder().toString())))) {
            assertThat(session.problems(VECTORS, 0))
                    .singleElement()
                    .asString()
                    .contains("VECTOR_BACKEND", "entities_hnsw.index", "NanoVectorDBStorage");
            EntrySource empty = new InMemoryEntries("vectors/nano/").source(VECTORS);
            assertThat(refused(() -> session.restore(empty, Progress.NONE)).problem())
                    .contains("entities_hnsw.index");
        }
        assertThat(file("entities_hnsw.index")).hasContent("index");
    }

    /** Known when the archive is verified, not when a restore has saved what is there and begun to write. */
    @Test
    void namesThatNoFileCanHaveAreDamage() throws IOException {
        int room = 255 - "kv_store_.json".length();
        String longest = "é".repeat(room / 2) + "n".repeat(room % 2);
        assertThat(new JsonRestorer()
                        .read(hostile(longest, "\ud83d\ude00", ".", ".."), Progress.NONE)
                        .records())
                .isZero();
        for (String name :
                List.of(longest + "n", "n".repeat(room + 1), "half \ud800 of a pair", "\udc00", "a/b", "\0")) {
            BackupException refusal = refused(() -> new JsonRestorer().read(hostile(name), Progress.NONE));
            assertThat(refusal.kind()).isEqualTo(Kind.CORRUPT);
            assertThat(refusal.problem()).contains("kv/0.json");
        }
    }

    @Test
    void noNameFromAnArchiveLeavesTheFolder() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{\"old\": 1}");
        Map<String, String> before = SampleFiles.tree(temporary);
        for (String name : new String[] {"../../evil", "/etc/evil", "x/../../evil", "x/y", "nul\0", "..\\/"}) {
            assertThat(refused(() -> restore(hostile("b", name))).kind()).isEqualTo(Kind.CORRUPT);
            BackupException refusal = refused(() -> new JsonRestorer().read(hostile(name), Progress.NONE));
            assertThat(refusal.kind()).isEqualTo(Kind.CORRUPT);
            assertThat(refusal.problem()).contains("kv/0.json").doesNotContain("\0");
        }
        assertThat(refused(() -> restore(hostile("a", "a"))).problem()).contains("is that of another file");
        assertThat(FileKind.NETWORKX.objection(".hidden")).isEqualTo("would make a hidden file");
        assertThat(FileKind.NETWORKX.objection("")).isEqualTo("would make a hidden file");
        assertThat(SampleFiles.tree(temporary)).isEqualTo(before);
    }

    @Test
    void restoresUnderTheLongestAndTheOddestNames() throws IOException {
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
    void refusesContentThatItsFormCannotDecode() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{\"old\": 1}");
        Map<String, String> before = SampleFiles.tree(folder());
        BackupException refusal = refused(() -> restore(archive("a", "{}", "b", "{\"x\": tru")));
        assertThat(refusal.kind()).isEqualTo(Kind.CORRUPT);
        assertThat(refusal.problem())
                .isEqualTo("kv/b.json in the archive is not valid JSON at byte 9: no value is spelled like this."
                        + " Nothing was changed");
        assertThat(SampleFiles.tree(folder())).isEqualTo(before);
        assertThat(refused(() -> new JsonRestorer().read(archive("a", "[]"), Progress.NONE))
                        .problem())
                .startsWith("kv/a.json in the archive is not valid JSON at byte 0");
    }

    @Test
    void putsBackBrokenBytesThatWereSavedRawAndComparesThem() throws IOException {
        SampleFiles.write(folder(), "kv_store_new.json", "{}");
        StoreInfo raw = new StoreInfo("nano-graphrag JSON files", "unknown", ExportSession.RAW, Map.of(), -1);
        EntrySource source = new InMemoryEntries("kv/")
                .with("cut", ".json", "{\"a\": {\"conte".getBytes(UTF_8))
                .source(raw);

        assertThat(new JsonRestorer().read(source, Progress.NONE)).isEqualTo(StoreSummary.opaque());
        try (RestoreSession session = open()) {
            assertThat(session.problems(raw, 10)).isEmpty();
            assertThat(session.restore(source, Progress.NONE)).isEqualTo(StoreSummary.opaque());
            assertThat(file("kv_store_new.json")).doesNotExist();
            assertThat(file("kv_store_cut.json")).hasContent("{\"a\": {\"conte");
            assertThat(session.readBack(Progress.NONE)).isEqualTo(StoreSummary.opaque());

            Files.writeString(file("kv_store_cut.json"), "{\"b");
            assertThatThrownBy(() -> session.readBack(Progress.NONE))
                    .isInstanceOf(BackupException.class)
                    .hasMessageContaining("WORKING_DIR")
                    .hasMessageContaining("byte for byte");
        }
    }

    @Test
    void removesWhatAnEarlierRestoreLeft() throws IOException {
        SampleFiles.write(folder(), ".ngbak-kv_store_a.json.part", "half");
        SampleFiles.write(folder(), ".ngbak-vdb_a.json.part", "another's");
        restore(archive("a", "{}"));
        assertThat(SampleFiles.names(folder())).containsExactly(".ngbak-vdb_a.json.part", "kv_store_a.json");
    }

    @Test
    void namesAFileThatCannotBeReplaced() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{}");
        SampleFiles.write(folder(), "kv_store_b.json", "{}");
        EntrySource archive = archive("a", "{\"new\": 1}", "b", "{\"new\": 1}");
        // Something takes the place of a file after the check, so that the last step is what fails.
        EntrySource late = new EntrySource() {
            @Override
            public StoreInfo archived() {
                return archive.archived();
            }

            @Override
            public void forEach(Visitor visitor) throws IOException {
                archive.forEach(visitor);
                Files.delete(file("kv_store_b.json"));
                SampleFiles.write(file("kv_store_b.json"), "in the way", "");
            }
        };
        BackupException refusal = refused(() -> restore(late));
        assertThat(refusal.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(refusal.problem())
                .contains(
                        "kv_store_b.json in WORKING_DIR", "cannot be replaced", "1 of 2 files were replaced before it");
        assertThat(refusal.remedy()).contains("mount the folder");
        assertThat(SampleFiles.names(folder())).containsExactly("kv_store_a.json", "kv_store_b.json");

        SampleFiles.delete(file("kv_store_b.json"));
        restore(archive);
        assertThat(file("kv_store_b.json")).hasContent("{\"new\": 1}");
    }

    @Test
    void findsMountsOfSingleFiles() {
        assertThat(MountPoints.parse(List.of(
                        "22 1 254:0 / / rw,relatime - ext4 /dev/root rw",
                        "95 22 254:0 /a/b /data/kv\\040store\\134x.json rw,relatime - ext4 /dev/root rw",
                        "too short")))
                .containsExactlyInAnyOrder(Path.of("/"), Path.of("/data/kv store\\x.json"));
        assertThat(MountPoints.now()).doesNotContain(folder());
    }
}
