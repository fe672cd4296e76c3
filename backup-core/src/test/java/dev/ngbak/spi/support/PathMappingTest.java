package dev.ngbak.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathMappingTest {

    private final PathMapping mapping =
            new PathMapping(Map.of("/data/in", "/srv/new in/ø", "/data/in/special/", "/s", "/with space/ü", "/plain"));

    @ParameterizedTest
    @CsvSource({
        "/data/in, /srv/new in/ø",
        "/data/in/a b, /srv/new in/ø/a b",
        "/data/in/special/x, /s/x",
        "/data/in/specialx, /srv/new in/ø/specialx",
        "file:///data/in/a%20b.parsed/, file:///srv/new%20in/%C3%B8/a%20b.parsed/",
        "file:///data/in, file:///srv/new%20in/%C3%B8",
        "file:///with%20space/%C3%BC/a+b%2B/, file:///plain/a+b%2B/",
        "file:///d%61ta/in/x, file:///srv/new%20in/%C3%B8/x",
    })
    void pathIsMapped(String text, String expected) {
        assertThat(mapping.apply(text)).isEqualTo(expected);
        assertThat(mapping.warning()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "/data/input/x",
        "data/in/x",
        "x/data/in",
        "file:///data/input",
        "file://data/in",
        "file:///data%2Fin%zz/x",
        "s3://data/in",
        "unknown_source"
    })
    void otherTextStays(String text) {
        assertThat(mapping.apply(text)).isSameAs(text);
        assertThat(mapping.warning()).isPresent();
    }

    @Test
    void rootIsAPathToo() {
        PathMapping root = new PathMapping(Map.of("/", "/mnt/"));

        assertThat(root.apply("file:///data/x")).isEqualTo("file:///mnt/data/x");
        assertThat(root.apply("/data/x")).isEqualTo("/mnt/data/x");
    }

    @Test
    void warningNamesAPathThatTheRecordsContain() {
        mapping.apply("file:///elsewhere/x/");

        assertThat(mapping.warning().orElseThrow()).contains("--map-path", "\"file:///elsewhere/x/\"");
        assertThat(new PathMapping(Map.of()).warning()).isEmpty();
    }
}
