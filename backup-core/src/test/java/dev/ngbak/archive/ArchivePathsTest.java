package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchivePathsTest {

    @Test
    void plainNamesAreUnchanged() {
        assertThat(ArchivePaths.fileName("full_docs-1.2", ".json")).isEqualTo("full_docs-1.2.json");
    }

    @Test
    void otherBytesArePercentEscaped() {
        assertThat(ArchivePaths.fileName("a b/c%d\\e:f", ".json")).isEqualTo("a%20b%2Fc%25d%5Ce%3Af.json");
        assertThat(ArchivePaths.fileName("größe", "")).isEqualTo("gr%C3%B6%C3%9Fe");
        assertThat(ArchivePaths.fileName("日", "")).isEqualTo("%E6%97%A5");
        assertThat(ArchivePaths.fileName("\u0000\n\u007f", "")).isEqualTo("%00%0A%7F");
        assertThat(ArchivePaths.fileName("../../etc/passwd", "")).isEqualTo("..%2F..%2Fetc%2Fpasswd");
    }

    @Test
    void longNameIsShortenedWithAHashAndKeepsItsSuffix() {
        String longest = "x".repeat(175);
        assertThat(ArchivePaths.fileName(longest, ".json")).isEqualTo(longest + ".json");

        String name = "x".repeat(176);
        String hash = TestArchives.sha256(name.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
        assertThat(ArchivePaths.fileName(name, ".json")).isEqualTo("x".repeat(158) + "-" + hash + ".json");
        assertThat(ArchivePaths.fileName("ß".repeat(1000), ".snapshot"))
                .hasSize(180)
                .endsWith(".snapshot");
        assertThat(ArchivePaths.fileName("y".repeat(500) + "1", ""))
                .isNotEqualTo(ArchivePaths.fileName("y".repeat(500) + "2", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", ".."})
    void directoryNameNeedsASuffix(String name) {
        assertThatThrownBy(() -> ArchivePaths.fileName(name, "")).isInstanceOf(IllegalArgumentException.class);
        assertThat(ArchivePaths.validate("kv/" + ArchivePaths.fileName(name, ".json")))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/etc/passwd",
                "..",
                "../x",
                "a/../b",
                "a/..",
                "a//b",
                "a/",
                "./a",
                "a/./b",
                "a\\b",
                "c:x",
                "a\nb",
                "a\u001b[31m",
                "a\u009b31m",
                "a\u007f",
                "a\ufffd"
            })
    void invalidPathIsRefused(String path) {
        assertThat(ArchivePaths.validate(path)).isNotNull();
    }

    @Test
    void pathOfOneKilobyteIsAccepted() {
        assertThat(ArchivePaths.validate("graph/größe ..x…/a b")).isNull();
        assertThat(ArchivePaths.validate("x".repeat(1024))).isNull();
        assertThat(ArchivePaths.validate("x".repeat(1025))).isNotNull();
    }
}
