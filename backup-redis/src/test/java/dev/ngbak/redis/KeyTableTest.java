package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KeyTableTest {

    @TempDir
    Path folder;

    private KeyTable table;

    @BeforeEach
    void create() {
        table = new KeyTable(TempFiles.in(folder));
    }

    @AfterEach
    void close() throws IOException {
        table.close();
    }

    @Test
    void walkVisitsEachKeyOnceAndOtherKeysLast() throws IOException {
        for (String key : List.of("b:2", "without namespace", "a:1", "b:10", "a:1")) {
            table.add(utf8(key));
        }
        List<String> visited = new ArrayList<>();
        KeyTable.Walk walk = table.walk();
        while (walk.next()) {
            visited.add(RedisConnection.text(walk.suffix()));
            assertThat(walk.value()).isNull();
        }
        assertThat(visited).containsExactly("a:1", "b:10", "b:2", "without namespace");
        assertThat(table.count()).isEqualTo(5);
        assertThat(walk.next()).isFalse();
    }

    @Test
    void walkReturnsValuesWithOrWithoutTheirBytes() throws IOException {
        KeyValue value = KeyValue.string(utf8("value"), 5);
        table.add(utf8("a:with"), value, true);
        table.add(utf8("a:without"), value, false);
        KeyTable.Walk walk = table.walk();

        assertThat(walk.next()).isTrue();
        assertThat(walk.value().bytes()).isEqualTo(utf8("value"));
        assertThat(walk.value().expires()).isEqualTo(5);
        assertThat(walk.value().contentDigest()).isEqualTo(value.contentDigest());

        assertThat(walk.next()).isTrue();
        assertThat(walk.value().bytes()).isNull();
        assertThat(walk.value().type()).isEqualTo("string");
        assertThat(walk.value().contentDigest()).isEqualTo(value.contentDigest());
    }

    @Test
    void walkMergesValuesOfOneKeyInTheOrderInWhichTheyWereAdded() throws IOException {
        for (long expires = 1; expires <= 3; expires++) {
            table.add(utf8("a:1"), KeyValue.expiryOnly(expires), false);
        }
        KeyTable.Walk walk = table.walk((suffix, earlier, later) -> {
            assertThat(suffix).isEqualTo(utf8("a:1"));
            return KeyValue.expiryOnly(earlier.expires() * 10 + later.expires());
        });
        assertThat(walk.next()).isTrue();
        assertThat(walk.value().expires()).isEqualTo(123);

        KeyTable.Walk last = table.walk();
        assertThat(last.next()).isTrue();
        assertThat(last.value().expires()).isEqualTo(3);
    }
}
