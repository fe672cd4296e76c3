package dev.ngbak.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SafeTextTest {

    @Test
    void charactersThatATerminalActsOnBecomeQuestionMarks() {
        assertThat(SafeText.forMessage("a\u001b[2Jb\u009bc\u202ed\u2028e\r\n\ud800"))
                .isEqualTo("a?[2Jb?c?d?e???");
    }

    @Test
    void longTextIsTruncated() {
        assertThat(SafeText.forMessage("x".repeat(500))).isEqualTo("x".repeat(120) + "…");
        assertThat(SafeText.forMessage("x".repeat(120))).isEqualTo("x".repeat(120));
    }

    @Test
    void quotedTextIsSafeToo() {
        assertThat(SafeText.quoted("größe\n")).isEqualTo("\"größe?\"");
    }
}
