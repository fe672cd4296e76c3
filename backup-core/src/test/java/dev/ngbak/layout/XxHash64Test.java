package dev.ngbak.layout;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class XxHash64Test {

    /** The first three are published test vectors; the others are ids of points that nano-graphrag wrote. */
    @ParameterizedTest
    @CsvSource({
        "'', 17241709254077376921",
        "a, 15154266338359012955",
        "abc, 4952883123889572249",
        "ent-b6b818304a439f91fc90b3fe8dd35be8, 190136047363694829",
        "ent-a6441748f76cd6d63e6b1de2249ae597, 5712721359447064513",
        "ent-8ae7069d24ce538756478eebf12808fb, 7468885794734941609",
        "chunk-9c2f75727d9575f66b406225223ced47, 17028968954049187648"
    })
    void hashEqualsOtherImplementations(String text, String hash) {
        assertThat(Long.toUnsignedString(XxHash64.of(text.getBytes(StandardCharsets.UTF_8))))
                .isEqualTo(hash);
    }
}
