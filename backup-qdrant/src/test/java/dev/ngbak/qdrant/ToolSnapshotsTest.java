package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer.Rewriting;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Reads the snapshots of nano-graphrag's own backup tool, and adds what ngbak keeps beside snapshots. Needs no server. */
class ToolSnapshotsTest {

    private final QdrantRestorer restorer = new QdrantRestorer();

    private record Files(List<String> paths) implements EntrySource {

        @Override
        public StoreInfo archived() {
            return new StoreInfo("Qdrant", "unknown", StoreInfo.OTHER_TOOL, Map.of(), -1);
        }

        @Override
        public void forEach(Visitor visitor) throws IOException {
            for (String path : paths) {
                byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
                String name = path.replaceFirst("\\.[^.]*$", "");
                String sha256 = HexFormat.of().formatHex(ContentDigest.sha256().digest(bytes));
                visitor.visit(
                        new Entry(name, "vectors/qdrant/" + path, bytes.length, sha256),
                        new ByteArrayInputStream(bytes));
            }
        }
    }

    private StoreInfo rewrite(String prefix, Map<String, String> written, String... paths) throws IOException {
        RecordDigester records = RecordDigester.digesting();
        StoreInfo info = restorer.rewrite(
                new Files(List.of(paths)),
                new Rewriting(Settings.of(Map.of("QDRANT_NAMESPACE_PREFIX", prefix)), Map.of()),
                (name, suffix, contents) -> {
                    ByteArrayOutputStream out = new ByteArrayOutputStream();
                    contents.writeTo(out);
                    written.put(name + suffix, out.toString(StandardCharsets.UTF_8));
                },
                records,
                Progress.NONE);
        assertThat(records.summary()).isEqualTo(StoreSummary.opaque());
        return info;
    }

    @Test
    void snapshotsGetACompanion() throws IOException {
        Map<String, String> written = new LinkedHashMap<>();

        StoreInfo info = rewrite("wd", written, "wd_entities.snapshot", "wd_chunks.snapshot");

        assertThat(info.form()).isEqualTo("snapshot");
        assertThat(info.version()).isEqualTo("unknown");
        assertThat(info.scope()).isEqualTo(Map.of("QDRANT_NAMESPACE_PREFIX", "wd"));
        assertThat(written).containsOnlyKeys("wd_entities.snapshot", "wd_chunks.snapshot", "collections.json");
        assertThat(written.get("wd_chunks.snapshot")).isEqualTo("wd_chunks.snapshot");
        assertThat(written.get("collections.json")).contains("\"name\" : \"wd_entities\"", "\"points\" : null");
    }

    @Test
    void collectionOutOfScopeIsRefusedWithTheSettingToChange() {
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> rewrite("other", new LinkedHashMap<>(), "my_dir_entities.snapshot"))
                .satisfies(e -> {
                    assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
                    assertThat(e.remedy()).isEqualTo("Set QDRANT_NAMESPACE_PREFIX=my_dir");
                });
    }

    @Test
    void readingNamesTheCollectionsAndCountsNothing() throws IOException {
        RecordDigester records = RecordDigester.digesting();

        restorer.read(new Files(List.of("wd_entities.snapshot")), Settings.of(Map.of()), records, Progress.NONE);

        assertThat(records.summary().records()).isEqualTo(-1);
        assertThat(records.summary().warnings())
                .anySatisfy(warning -> assertThat(warning)
                        .contains("the collections wd_entities and no others", "removes every other collection"));
    }

    @Test
    void otherFileIsRefused() {
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> rewrite("wd", new LinkedHashMap<>(), "wd_entities.tar"))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT));
    }
}
