using System.Globalization;
using System.Text;
using System.Text.Json;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Reports;

/// <summary>Reports for programs: an array, each with the names that the objects have, and what they tell of the disk.</summary>
internal static class JsonReport
{
    /// <summary>Raised when a name goes or changes its meaning, not when one is added.</summary>
    private const int SchemaVersion = 1;

    public static string Render(IReadOnlyList<ReadinessReport> reports)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartArray();
            foreach (ReadinessReport report in reports)
            {
                Write(json, report);
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static void Write(Utf8JsonWriter json, ReadinessReport report)
    {
        json.WriteStartObject();
        json.WriteNumber("SchemaVersion", SchemaVersion);
        json.WriteString("Target", report.Target);
        json.WriteString("Summary", report.Summary);
        json.WriteString("Purpose", report.Purpose.ToString());
        json.WriteString("Verdict", report.Verdict.ToString());
        json.WriteString("Generalization", report.Generalization.ToString());
        WriteEvidence(json, "GeneralizationEvidence", report.GeneralizationEvidence);
        WriteGuest(json, report.Guest);
        WriteDisk(json, report.Disk);
        WriteFindings(json, "Findings", report.Findings);
        WriteTexts(json, "NotChecked", report.NotChecked.Select(finding => finding.Id));
        WriteTexts(json, "ExcludedRules", report.ExcludedRules);
        WriteTexts(json, "Problems", report.Problems);
        json.WriteString("StartTime", report.StartTime.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        json.WriteNumber("DurationSeconds", Math.Round(report.Duration.TotalSeconds, 3));
        json.WriteNumber("BytesRead", report.BytesRead);
        json.WriteEndObject();
    }

    private static void WriteFindings(Utf8JsonWriter json, string name, IReadOnlyList<Finding> findings)
    {
        json.WriteStartArray(name);
        foreach (Finding finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("Id", finding.Id);
            json.WriteString("Title", finding.Title);
            json.WriteString("Severity", finding.Severity.ToString());
            json.WriteString("Result", finding.Result.ToString());
            WriteEvidence(json, "Evidence", finding.Evidence);
            json.WriteString("Remedy", finding.Remedy);
            json.WriteString("Source", finding.Source.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteEvidence(Utf8JsonWriter json, string name, IReadOnlyList<Observation> evidence)
    {
        json.WriteStartArray(name);
        foreach (Observation one in evidence)
        {
            json.WriteStartObject();
            json.WriteString("Place", one.Place);
            json.WriteString("Seen", one.Seen);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteGuest(Utf8JsonWriter json, GuestIdentity? guest)
    {
        if (guest is null)
        {
            json.WriteNull("Guest");
            return;
        }

        json.WriteStartObject("Guest");
        json.WriteString("Family", guest.Family.ToString());
        WriteText(json, "Product", guest.Product);
        WriteText(json, "Edition", guest.Edition);
        WriteText(json, "Distribution", guest.Distribution);
        WriteText(json, "Version", guest.Version);
        WriteText(json, "InstallationType", guest.InstallationType);
        WriteText(json, "Architecture", guest.Architecture);
        WriteText(json, "HostName", guest.HostName);
        json.WriteEndObject();
    }

    private static void WriteDisk(Utf8JsonWriter json, DiskInfo? disk)
    {
        if (disk is null)
        {
            json.WriteNull("Disk");
            return;
        }

        json.WriteStartObject("Disk");
        json.WriteString("Format", disk.Format.ToString());
        json.WriteString("SubFormat", disk.SubFormat.ToString());
        json.WriteNumber("Capacity", disk.Capacity);
        json.WriteNumber("AllocatedBytes", disk.AllocatedBytes);
        json.WriteString("PartitionStyle", disk.PartitionStyle.ToString());
        json.WriteString("SupportedGenerations", disk.SupportedGenerations.ToString());
        json.WriteBoolean("IsUploadable", disk.IsUploadable);
        json.WriteStartArray("Partitions");
        foreach (Partition partition in disk.Partitions)
        {
            VolumeInfo? volume = disk.Volumes.FirstOrDefault(volume => volume.PartitionNumber == partition.Number);
            json.WriteStartObject();
            json.WriteNumber("Number", partition.Number);
            json.WriteNumber("Offset", partition.Offset);
            json.WriteNumber("Length", partition.Length);
            json.WriteString("Type", partition.TypeName);
            WriteText(json, "FileSystem", volume?.FileSystem.ToString());
            WriteText(json, "Label", volume?.Label);
            if (volume?.FreeBytes is { } free)
            {
                json.WriteNumber("FreeBytes", free);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, GuestText.Clean(text));
        }
    }
}
