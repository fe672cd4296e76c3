package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.engine.Job;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Locks archives at MinIO, if {@code MINIO_BIN} names it. */
class MinioObjectLockTest extends ObjectLockTest {

    @TempDir
    static Path objects;

    @BeforeAll
    static void start() throws Exception {
        service = S3Service.minio(objects);
    }

    @Test
    void listKnowsTheEndOfALockWithoutAskingForIt() {
        manager("governance:30d").create("first", null, new Job());
        assertThat(manager("").list())
                .singleElement()
                .satisfies(listed ->
                        assertThat(listed.lockedUntil()).isEqualTo(head("first").objectLockRetainUntilDate()));
    }
}
