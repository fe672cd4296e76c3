package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SizesTest {

    @ParameterizedTest
    @CsvSource({
        "0, documents, '0 documents'",
        "1, documents, '1 document'",
        "1, entities, '1 entity'",
        "1, community reports, '1 community report'",
        "1, '', '1 '",
        "1250, entities, '1,250 entities'"
    })
    void countUsesTheSingular(long number, String plural, String expected) {
        assertThat(Sizes.count(number, plural)).isEqualTo(expected);
    }

    @Test
    void timeIsFormattedToTheSecond() {
        assertThat(Sizes.time(Instant.parse("2025-10-06T14:30:00.123456789Z"))).isEqualTo("2025-10-06 14:30:00");
    }
}
