package dev.ngbak.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.repository.ArchiveInfo;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LockedArchiveJsonTest {

    private static ArchiveInfo archive(Instant lockedUntil) {
        return new ArchiveInfo(
                "first",
                "s3://b/first.ngbak",
                1,
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                null,
                "why",
                lockedUntil,
                null,
                false);
    }

    @Test
    void endOfALockIsAMemberAndOtherwiseAbsent() {
        Instant end = Instant.parse("2026-12-30T11:22:33Z");
        assertThat(Json.listed(archive(end)).path("locked_until").asText()).isEqualTo("2026-12-30T11:22:33Z");
        assertThat(Json.listed(archive(null)).has("locked_until")).isFalse();
    }
}
