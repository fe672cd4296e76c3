package dev.ngbak.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveMarks;
import java.time.Instant;
import java.util.List;
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
                new ArchiveMarks(null, false, false, List.of()));
    }

    @Test
    void endOfALockIsAMemberAndOtherwiseAbsent() {
        Instant end = Instant.parse("2026-12-30T11:22:33Z");
        assertThat(Json.listed(archive(end)).path("locked_until").asText()).isEqualTo("2026-12-30T11:22:33Z");
        assertThat(Json.listed(archive(null)).has("locked_until")).isFalse();
    }
}
