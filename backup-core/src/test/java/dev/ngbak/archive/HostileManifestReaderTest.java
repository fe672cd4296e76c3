package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Manifests that are not valid JSON, or that cost too much to parse. */
class HostileManifestReaderTest extends HostileArchives {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "[]",
                "1",
                "\"x\"",
                "{",
                "nonsense",
                "{\"format\": NaN}",
                "{'format': 1}",
                "{} // no"
            })
    void manifestThatIsNotAnObjectIsRefused(String json) throws IOException {
        assertDamaged(withManifest(json), "its manifest ");
    }

    @Test
    void duplicateMemberOrTrailingContentIsRefused() throws IOException {
        String reason = "its manifest is not valid JSON: ";
        assertDamaged(withManifest(MANIFEST.replaceFirst("\\{", "{ \"format\": \"ngbak/1\",")), reason, "Duplicate");
        assertDamaged(withManifest(MANIFEST.replace("\"size\": 7", "\"size\": 7, \"size\": 7")), reason, "Duplicate");
        assertDamaged(withManifest(MANIFEST + "{}"), reason);
        assertDamaged(withManifest(MANIFEST + "x"), reason);
        assertDamaged(withManifest(MANIFEST + "\0"), reason);
    }

    /** Unknown members are skipped without being kept, so duplicates of them are not detected. */
    @Test
    void duplicateMemberIsRefusedUnlessUnknown() throws IOException {
        for (String known : List.of("\"note\": null", "\"documents\": 3", "\"records\": 3", "\"kv\": \"json\"")) {
            assertDamaged(withManifest(MANIFEST.replace(known, known + ", " + known)), "Duplicate member");
        }
        assertDamaged(withManifest(MANIFEST.replaceFirst("\\{", "{ \"format\": 1,")), "Duplicate member");
        assertThat(read(withManifest(MANIFEST.replaceFirst("\\{", "{ \"x\": 1, \"x\": { \"y\": 1, \"y\": 2 },"))))
                .containsOnlyKeys(FILE);
    }

    @Test
    void manifestThatIsNotUtf8IsRefused() throws IOException {
        assertDamaged(
                new RawTar()
                        .file("manifest.json", MANIFEST.getBytes(StandardCharsets.UTF_16LE))
                        .file(FILE, CONTENT)
                        .complete(),
                "its manifest ");
        assertDamaged(withManifest("\ufeff" + MANIFEST), "its manifest ");
        byte[] broken = bytes(MANIFEST.replace("ngbak test", "ngbak t?st"));
        broken[MANIFEST.indexOf("ngbak test") + 7] = (byte) 0xff;
        assertDamaged(
                new RawTar().file("manifest.json", broken).file(FILE, CONTENT).complete(), "its manifest is not UTF-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"x\":", "[{\"x\":"})
    void deeplyNestedManifestIsRefused(String open) throws IOException {
        String deep = open.repeat(200_000);
        assertDamaged(withManifest(deep), "its manifest is not valid JSON: ", "nesting depth");
        assertDamaged(withManifest(MANIFEST.replaceFirst("\\{", "{ \"x\": " + deep)), "nesting depth");
    }

    /** The manifest is smaller than 16 MiB, but its parsed tree would be large. */
    @ParameterizedTest
    @ValueSource(strings = {"{},", "[],", "0,", "{\"a\":{\"a\":{}}},", "\"\","})
    void manifestWithTooManyTokensIsRefused(String element) throws IOException {
        String many = "{ \"x\": [" + element.repeat((15 << 20) / element.length()) + "1],";
        assertDamaged(
                RawTar.gzip(withManifest(MANIFEST.replaceFirst("\\{", many))), "its manifest is not valid JSON: ");
    }
}
