using System.Text;
using System.Text.Json;
using AzImageTools.Disks;
using AzImageTools.Services.Upload.Source;

namespace AzImageTools.Services.Upload.Resume;

/// <summary>
/// The header of a journal as JSON. Written out and read name by name: a serializer would take as long to get ready as the
/// first requests of an upload.
/// </summary>
internal static class JournalHeaderJson
{
    private const int MaxDepth = 8;

    public static string Write(JournalHeader header)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            json.WriteNumber(nameof(JournalHeader.Version), header.Version);
            json.WriteString(nameof(JournalHeader.RunId), header.RunId);
            json.WriteString(nameof(JournalHeader.LeaseId), header.LeaseId);
            json.WriteString(nameof(JournalHeader.Target), header.Target);
            json.WriteNumber(nameof(JournalHeader.Length), header.Length);
            json.WriteString(nameof(JournalHeader.Begun), header.Begun);
            json.WriteBoolean(nameof(JournalHeader.SkipsFreeSpace), header.SkipsFreeSpace);
            if (header.SandboxId is not null)
            {
                json.WriteString(nameof(JournalHeader.SandboxId), header.SandboxId);
            }

            if (header.RepairSum is not null)
            {
                json.WriteString(nameof(JournalHeader.RepairSum), header.RepairSum);
            }

            json.WriteStartObject(nameof(JournalHeader.Source));
            Write(json, header.Source);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Reads a header; null where the text is none.</summary>
    public static JournalHeader? Read(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth });
            JsonElement json = document.RootElement;
            return new JournalHeader
            {
                Version = json.GetProperty(nameof(JournalHeader.Version)).GetInt32(),
                RunId = ReadText(json, nameof(JournalHeader.RunId)),
                LeaseId = json.GetProperty(nameof(JournalHeader.LeaseId)).GetGuid(),
                Target = ReadText(json, nameof(JournalHeader.Target)),
                Length = json.GetProperty(nameof(JournalHeader.Length)).GetInt64(),
                Begun = json.GetProperty(nameof(JournalHeader.Begun)).GetDateTimeOffset(),
                SkipsFreeSpace = json.GetProperty(nameof(JournalHeader.SkipsFreeSpace)).GetBoolean(),
                SandboxId = json.TryGetProperty(nameof(JournalHeader.SandboxId), out JsonElement sandbox) ? sandbox.GetString() : null,
                RepairSum = json.TryGetProperty(nameof(JournalHeader.RepairSum), out JsonElement repair) ? repair.GetString() : null,
                Source = ReadSource(json.GetProperty(nameof(JournalHeader.Source))),
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    private static void Write(Utf8JsonWriter json, SourceIdentity source)
    {
        json.WriteString(nameof(SourceIdentity.Path), source.Path);
        json.WriteString(nameof(SourceIdentity.Format), source.Format.ToString());
        json.WriteNumber(nameof(SourceIdentity.Capacity), source.Capacity);
        json.WriteStartArray(nameof(SourceIdentity.Files));
        foreach (SourceFile file in source.Files)
        {
            json.WriteStartObject();
            json.WriteString(nameof(SourceFile.Path), file.Path);
            json.WriteNumber(nameof(SourceFile.Length), file.Length);
            json.WriteString(nameof(SourceFile.LastWriteTime), file.LastWriteTime);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static SourceIdentity ReadSource(JsonElement json)
        => new(
            ReadText(json, nameof(SourceIdentity.Path)),
            Enum.TryParse(ReadText(json, nameof(SourceIdentity.Format)), out DiskFormat format) ? format : throw new FormatException(),
            json.GetProperty(nameof(SourceIdentity.Capacity)).GetInt64(),
            [.. json.GetProperty(nameof(SourceIdentity.Files)).EnumerateArray().Select(static file => new SourceFile(
                ReadText(file, nameof(SourceFile.Path)),
                file.GetProperty(nameof(SourceFile.Length)).GetInt64(),
                file.GetProperty(nameof(SourceFile.LastWriteTime)).GetDateTimeOffset()))]);

    private static string ReadText(JsonElement json, string name) => json.GetProperty(name).GetString() ?? throw new FormatException();
}
