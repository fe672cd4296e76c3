package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The alert rules, the dashboard and the page name only metrics that the server exports. */
class MonitoringFilesTest {

    private static final Pattern METRIC = Pattern.compile("ngbak_[a-z_]+");

    @TempDir
    Path temp;

    private static Set<String> metrics(String text) {
        Set<String> names = new TreeSet<>();
        METRIC.matcher(text).results().forEach(name -> names.add(name.group()));
        return names;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "deploy/monitoring/ngbak-alerts.yaml",
                "deploy/monitoring/ngbak-grafana.json",
                "docs/MONITORING.md"
            })
    void everyMetricIsExported(String file) throws Exception {
        Set<String> exported;
        try (ApiClient client = new ApiClient(temp)) {
            client.backup("b1");
            exported = metrics(client.get("//metrics").text());
        }
        // The names of summaries and histograms appear with endings.
        assertThat(metrics(Files.readString(Path.of("..", file))))
                .isNotEmpty()
                .allMatch(name -> exported.contains(name) || exported.contains(name + "_count"));
    }

    @Test
    void metricsDescribeTheLastJobAndTheLastVerification() throws Exception {
        try (ApiClient client = new ApiClient(temp)) {
            client.backup("b1");
            client.backup("b2");
            String text = client.get("//metrics").text();

            assertThat(text)
                    .contains("ngbak_last_backup_shrunk 0.0", "ngbak_archives_damaged 0.0")
                    .containsPattern("ngbak_last_verified_timestamp_seconds 1\\.\\d+E9")
                    .containsPattern("ngbak_last_success_timestamp_seconds\\{type=\"backup\"\\} 1\\.\\d+E9")
                    .contains("ngbak_last_success_timestamp_seconds{type=\"restore\"} NaN");
        }
    }
}
