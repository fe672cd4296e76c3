package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class KeyNameTest {

    @ParameterizedTest
    @CsvSource({"full_docs:doc-1, full_docs, doc-1", "a:b:c, a, b:c", "a:, a, ''", "Ünï:x, Ünï, x"})
    void ofSplitsAtTheFirstColon(String suffix, String namespace, String id) {
        KeyName name = KeyName.of(utf8(suffix));
        assertThat(name.namespace()).isEqualTo(namespace);
        assertThat(name.id()).isEqualTo(utf8(id));
        assertThat(name.suffix()).isEqualTo(utf8(suffix));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no colon", ":x", "_other:x", "a\tb:x", "\u0085:x", "\ufffd:x"})
    void ofUsesTheCatchAllNamespaceForOtherKeys(String suffix) {
        assertIsOther(utf8(suffix));
    }

    @Test
    void ofUsesTheCatchAllNamespaceForInvalidUtf8AndLongNames() {
        assertIsOther(new byte[] {'a', -1, ':', 'x'});
        assertIsOther(utf8("n".repeat(201) + ":x"));
        assertThat(KeyName.of(utf8("n".repeat(200) + ":x")).namespace()).hasSize(200);
    }

    private static void assertIsOther(byte[] suffix) {
        KeyName name = KeyName.of(suffix);
        assertThat(name.namespace()).isEqualTo("_other");
        assertThat(name.id()).isEqualTo(suffix);
        assertThat(name.suffix()).isEqualTo(suffix);
    }

    @Test
    void isUtf8AcceptsOnlyValidUtf8() {
        assertThat(KeyName.isUtf8(utf8("plain"))).isTrue();
        assertThat(KeyName.isUtf8(utf8("\u0000é中🚀".repeat(5_000)))).isTrue();
        assertThat(KeyName.isUtf8(new byte[] {'a', (byte) 0xc0, (byte) 0x80})).isFalse();
        assertThat(KeyName.isUtf8(new byte[] {'a', (byte) 0xe4})).isFalse();
        assertThat(KeyName.isUtf8(new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}))
                .isFalse();
    }
}
