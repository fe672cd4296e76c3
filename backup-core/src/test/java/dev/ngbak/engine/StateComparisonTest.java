package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doThrow;

import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.engine.RestorePlan.Content;
import dev.ngbak.engine.StateDifference.Group;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests the comparison of states, and the extraction of single files. */
class StateComparisonTest extends ThreeStores {

    private ReadableArchive make(String id) {
        return manager().archive(manager().create(id, null, new Job()));
    }

    private StateDifference compare(ReadableArchive left, ReadableArchive right) {
        return manager().compare(left, right, new Job());
    }

    @Test
    void unchangedStoresAreEqual() {
        StateDifference difference = compare(make("a"), null);

        assertThat(difference.isEqual()).isTrue();
        assertThat(difference.stores()).containsOnlyKeys(Role.values());
        assertThat(difference.stores().get(Role.VECTOR).groups())
                .containsEntry("entities", new Group(3L, 3L, Content.EQUAL));
        assertThat(difference.warnings()).isEmpty();
    }

    @Test
    void otherCountIsADifference() {
        ReadableArchive before = make("a");
        kv.write("doc2");

        StateDifference difference = compare(before, null);

        assertThat(difference.isEqual()).isFalse();
        assertThat(difference.stores().get(Role.KV).content()).isEqualTo(Content.DIFFERENT);
        assertThat(difference.stores().get(Role.KV).groups())
                .containsEntry("full_docs", new Group(1L, 2L, Content.DIFFERENT));
        assertThat(difference.stores().get(Role.GRAPH).content()).isEqualTo(Content.EQUAL);
    }

    @Test
    void otherContentWithEqualCountsIsADifference() {
        ReadableArchive before = make("a");
        graph.lines.set(0, "changed");
        ReadableArchive after = make("b");

        StateDifference difference = compare(before, after);

        assertThat(difference.stores().get(Role.GRAPH).groups())
                .containsEntry("entities", new Group(2L, 2L, Content.DIFFERENT));
        assertThat(difference.stores().get(Role.VECTOR).content()).isEqualTo(Content.EQUAL);
    }

    @Test
    void orderOfRecordsIsNoDifference() {
        ReadableArchive before = make("a");
        graph.lines.add(graph.lines.remove(0));

        assertThat(compare(before, null).isEqual()).isTrue();
    }

    @Test
    void contentWithoutADigestCannotBeCompared() throws Exception {
        ReadableArchive before = make("a");
        doAnswer(call -> {
                    call.callRealMethod();
                    call.<RecordHandler>getArgument(0).omitDigest();
                    return null;
                })
                .when(vector.export)
                .read(any(), any());

        StateDifference difference = compare(before, null);

        assertThat(difference.isEqual()).isFalse();
        assertThat(difference.stores().get(Role.VECTOR).content()).isEqualTo(Content.UNKNOWN);
        assertThat(difference.stores().get(Role.VECTOR).reason()).isEqualTo("the live Fake has no content digest");
        vector.write("v4");
        assertThat(compare(before, null).stores().get(Role.VECTOR).content())
                .as("counts are enough to see a difference")
                .isEqualTo(Content.DIFFERENT);
    }

    @Test
    void archiveInAnOpaqueFormCannotBeCompared() throws Exception {
        doAnswer(call -> {
                    call.callRealMethod();
                    call.<RecordHandler>getArgument(1).omitDigest();
                    return null;
                })
                .when(vector.export)
                .export(any(), any(), any());
        ReadableArchive before = make("a");

        StateDifference difference = compare(before, null);

        assertThat(difference.isEqual()).isFalse();
        assertThat(difference.stores().get(Role.VECTOR).content()).isEqualTo(Content.UNKNOWN);
        assertThat(difference.stores().get(Role.VECTOR).reason())
                .isEqualTo("the form lines of Fake, in which it is archived, has no content digest");
    }

    @Test
    void otherBackendIsComparedByCountsOnly() {
        ReadableArchive before = make("a");
        FakeStore other = new FakeStore(Role.GRAPH, "neo4j", "c", "d");
        environment.put("GRAPH_BACKEND", "neo4j");
        BackupManager manager = new BackupManager(
                Settings.of(environment),
                List.of(other.exporter, vector.exporter, kv.exporter),
                List.of(other.restorer, graph.restorer, vector.restorer, kv.restorer),
                Clock.systemUTC());

        StateDifference.Store same =
                manager.compare(before, null, new Job()).stores().get(Role.GRAPH);
        other.write("e");
        StateDifference.Store more =
                manager.compare(before, null, new Job()).stores().get(Role.GRAPH);

        assertThat(same.content()).isEqualTo(Content.UNKNOWN);
        assertThat(same.reason()).contains("networkx and neo4j");
        assertThat(more.content()).isEqualTo(Content.DIFFERENT);
    }

    @Test
    void storeThatChangesMeanwhileIsReported() throws Exception {
        ReadableArchive before = make("a");
        doAnswer(call -> {
                    call.callRealMethod();
                    kv.written++;
                    return null;
                })
                .when(kv.export)
                .read(any(), any());

        assertThat(compare(before, null).warnings()).singleElement().asString().contains("live kv store changed");
    }

    @Test
    void unreachableStoreIsAFailure() throws Exception {
        ReadableArchive before = make("a");
        doThrow(new BackupException(Kind.UNREACHABLE, "No answer", ""))
                .when(kv.exporter)
                .open(any());

        assertThat(failure(() -> compare(before, null)).kind()).isEqualTo(Kind.UNREACHABLE);
    }

    @Test
    void damagedArchiveIsAFailure() throws Exception {
        ReadableArchive before = make("a");
        byte[] bytes = Files.readAllBytes(folder.resolve("a.ngbak"));
        bytes[bytes.length - 5] ^= 1;
        Files.write(folder.resolve("a.ngbak"), bytes);

        assertThat(failure(() -> compare(before, null)).kind()).isEqualTo(Kind.CORRUPT);
    }

    private static String extract(BackupManager manager, ReadableArchive archive, String path) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        manager.extract(archive, path, out, new Job());
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void extractedFileHasTheArchivedBytes() {
        ReadableArchive archive = make("a");

        assertThat(extract(manager(), archive, "vectors/nano/lines.txt")).isEqualTo("v1\nv2\nv3\n");
        assertThat(extract(manager(), archive, "manifest.json")).startsWith("{\n  \"format\": \"ngbak/1\"");
        assertThat(failure(() -> extract(manager(), archive, "vectors/nano/line.txt"))
                        .kind())
                .isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    void extractedFileThatIsNotTheArchivedOneIsAFailure() throws Exception {
        environment.put("BACKUP_COMPRESSION", "none");
        ReadableArchive archive = make("a");
        byte[] bytes = Files.readAllBytes(folder.resolve("a.ngbak"));
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        bytes[text.indexOf("v1\nv2\nv3")] = 'x';
        Files.write(folder.resolve("a.ngbak"), bytes);

        BackupException damaged = failure(() -> extract(manager(), archive, "vectors/nano/lines.txt"));

        assertThat(damaged.kind()).isEqualTo(Kind.CORRUPT);
        assertThat(damaged.getMessage()).contains("vectors/nano/lines.txt");
        assertThat(extract(manager(), archive, "kv/lines.txt")).isEqualTo("doc\n");
    }

    @Test
    void fullDiskOfTheOutputIsNotTakenForThatOfTheArchives() {
        ReadableArchive archive = make("a");
        OutputStream full = new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                throw new IOException("No space left on device");
            }
        };

        BackupException failure = failure(() -> manager().extract(archive, "kv/lines.txt", full, new Job()));

        assertThat(failure.kind()).isEqualTo(Kind.NO_SPACE);
        assertThat(failure.getMessage()).contains("disk of the output").doesNotContain("BACKUP_DIR");
    }
}
