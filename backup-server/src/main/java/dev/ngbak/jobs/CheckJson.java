package dev.ngbak.jobs;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.check.CheckReport;
import dev.ngbak.layout.CheckRule.Severity;
import java.util.Locale;
import java.util.Map;

/** Converts the report of a reference check to JSON. */
public final class CheckJson {

    private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {};

    private CheckJson() {}

    /** Returns the members that a report has as the result of {@code ngbak check} and in the metadata of a job. */
    public static ObjectNode report(CheckReport report) {
        ObjectNode json = Json.MAPPER.createObjectNode();
        ObjectNode seen = json.putObject("checked");
        report.seen().forEach(seen::put);
        json.put("errors", report.broken(Severity.ERROR));
        json.put("warned", report.broken(Severity.WARNING));
        ArrayNode rules = json.putArray("rules");
        for (CheckReport.Result result : report.results()) {
            ObjectNode rule = rules.addObject()
                    .put("rule", result.rule().code())
                    .put("severity", result.rule().severity().name().toLowerCase(Locale.ROOT))
                    .put("title", result.rule().title())
                    .put("count", result.obstacle().isEmpty() ? result.count() : null);
            Json.strings(rule, "samples", result.samples());
            rule.put("innocent", result.rule().benignCause());
            rule.put("unchecked", result.obstacle().orElse(null));
            rule.put("looked_at", result.looked());
            rule.put("result", result.outcome().name().toLowerCase(Locale.ROOT).replace('_', ' '));
        }
        Json.strings(json, "warnings", report.warnings());
        return json;
    }

    static Map<String, Object> metadata(CheckReport report) {
        return Json.MAPPER.convertValue(report(report), MAP);
    }
}
