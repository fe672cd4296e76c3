package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests that the generated data matches that of the fork and contains everything that tests of backups rely on. */
class DatasetTest {

    private final Dataset data = new Dataset(DatasetSize.T, GraphVariant.FORK, 1);

    @ParameterizedTest
    @CsvSource({
        "ALICE, ent-b6b818304a439f91fc90b3fe8dd35be8, 190136047363694829",
        "EXECUTIVE ORDER 14028, ent-a6441748f76cd6d63e6b1de2249ae597, 5712721359447064513",
        "ÉLYSÉE, ent-8ae7069d24ce538756478eebf12808fb, 7468885794734941609"
    })
    void keysAndPointIdsMatchTheFork(String name, String key, String point) {
        assertThat(Dataset.entityKey(name)).isEqualTo(key);
        assertThat(Dataset.entityKey("\"" + name + "\"")).isEqualTo(key);
        assertThat(Long.toUnsignedString(Xxh64.of(key))).isEqualTo(point);
    }

    @Test
    void pointIdsCoverTheUnsignedRange() {
        assertThat(Long.toUnsignedString(Xxh64.of("chunk-9c2f75727d9575f66b406225223ced47")))
                .isEqualTo("17028968954049187648");
        assertThat(Long.toUnsignedString(Xxh64.of(""))).isEqualTo("17241709254077376921");
        assertThat(IntStream.range(0, 400).filter(e -> Xxh64.of(data.entityKey(e)) < 0))
                .hasSizeBetween(100, 300);
    }

    @Test
    void recordsDependOnlyOnTheSeed() {
        Dataset same = new Dataset(DatasetSize.T, GraphVariant.FORK, 1);
        Dataset other = new Dataset(DatasetSize.T, GraphVariant.FORK, 2);
        for (int i = 0; i < 60; i++) {
            assertThat(allRecords(same, i)).isEqualTo(allRecords(data, i)).isNotEqualTo(allRecords(other, i));
        }
    }

    private static List<Object> allRecords(Dataset data, int i) {
        return List.of(
                data.documentKey(i % 20),
                data.chunkKey(i),
                data.chunk(i),
                data.cachedAnswer(i),
                data.report(i),
                data.entity(i),
                data.relationship(i),
                Arrays.toString(data.endpoints(i)),
                data.entityPayload(i),
                Arrays.toString(data.dense("entity", i)),
                Arrays.toString(data.sparse("entity sparse", i, 100, 250)));
    }

    @Test
    void everyReferenceAcrossStoresHasATarget() {
        Set<String> chunks = new HashSet<>();
        Set<String> reports = new HashSet<>();
        for (int c = 0; c < 100; c++) {
            chunks.add(data.chunkKey(c));
        }
        for (int i = 0; i < 60; i++) {
            reports.add(data.reportKey(i));
        }
        assertThat(chunks).hasSize(100);
        for (int e = 0; e < 400; e++) {
            assertThat(chunks).contains(((String) data.entity(e).get("source_id")).split(Dataset.SEPARATOR));
            if (data.communityIds(e) != null) {
                data.communityIds(e).forEach(community -> assertThat(reports).contains(Long.toString(community)));
            }
        }
        for (int r = 0; r < 800; r++) {
            assertThat(chunks).contains((String) data.relationship(r).get("source_id"));
            assertThat(data.endpoints(r)).as("the last entity is isolated").doesNotContain(-1, 399);
        }
    }

    @Test
    void dataSetContainsAwkwardValues() {
        String names = String.join("\n", Dataset.AWKWARD_NAMES);
        assertThat(names)
                .contains("\"", "`", Dataset.SEPARATOR, "🚀", "E\u0301", "שלום", "𠮷", "\\u0060")
                .doesNotContain("\t");
        assertThat(data.entityDescription(2)).contains("\t", "\n", "\\u0041", "🚀");
        assertThat(data.entityDescription(0)).hasSizeGreaterThan(190_000);
        assertThat((String) data.report(0).get("report_string")).hasSizeGreaterThan(4_900_000);
        assertThat(data.endpoints(0)).as("a self-loop").containsExactly(1, 1);
        assertThat(data.endpoints(1)).as("parallel").isEqualTo(data.endpoints(2));
        assertThat(data.endpoints(3)).as("opposite").containsExactly(data.endpoints(1)[1], data.endpoints(1)[0]);
        assertThat(IntStream.range(4, 9).mapToObj(r -> data.relationship(r).get("weight")))
                .containsExactly(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0, 7L);
        assertThat(data.reportKey(59)).isEqualTo("900000000");
        assertThat(IntStream.range(0, 400).filter(data::hasDuplicate)).hasSize(320);
        assertThat(new Dataset(DatasetSize.T, GraphVariant.CLEAN, 1).hasDuplicate(0))
                .isFalse();
    }

    @Test
    void jsonIsWrittenInPythonsDefaultFormat() {
        assertThat(new String(
                        PythonJson.bytes(Map.of("k", Arrays.asList("é\n\u007f🚀\"\\", 1, 2.5, Double.NaN, null, true))),
                        StandardCharsets.US_ASCII))
                .isEqualTo("{\"k\": [\"\\u00e9\\n\\u007f\\ud83d\\ude80\\\"\\\\\", 1, 2.5, NaN, null, true]}");
    }

    @Test
    void entityTypesBecomeTheForksLabels() {
        assertThat(List.of("PERSON", "Executive Order", "3d-model", "\"product\"", "ÉVÉNEMENT", ""))
                .extracting(Dataset::typeLabel)
                .containsExactly("PERSON", "Executive_Order", "_3d_model", "product", "_V_NEMENT", "UNKNOWN");
    }
}
