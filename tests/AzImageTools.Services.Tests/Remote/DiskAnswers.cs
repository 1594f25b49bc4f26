using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Items;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests;

namespace AzImageTools.Services.Tests.Remote;

/// <summary>All that is told of a disk, as lines of text that say nothing of where the disk lies.</summary>
internal static class DiskAnswers
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    /// <summary>Its description, but for how much of it is kept: a file system and Azure's storage keep it in ranges of different sizes.</summary>
    public static string Info(OpenedImage image) => Text(image, JsonSerializer.Serialize(image.Info with { AllocatedBytes = 0 }, Json));

    /// <summary>The items of all volumes, with the content of the files.</summary>
    public static IReadOnlyList<string> Items(OpenedImage image)
    {
        List<string> lines = [];
        DiskItems items = new(image);
        foreach (VolumeInfo volume in image.Info.Volumes)
        {
            string name = volume.LogicalVolumeName ?? volume.PartitionNumber?.ToString(CultureInfo.InvariantCulture) ?? "*";
            lines.AddRange(Try(() => items.Find("*", name, recurse: true)
                .Select(found => found.Value is { } item ? $"{item.Volume} {item.ItemPath} {item.Mode} {item.Length} {item.LastWriteTime:O} {item.LinkTarget}" : found.Problem!.Message)
                .ToArray()));
        }

        return [.. lines.Select(line => Text(image, line))];
    }

    /// <summary>All values of its registry.</summary>
    public static IReadOnlyList<string> Registry(OpenedImage image)
    {
        if (image.Windows is null)
        {
            return [];
        }

        GuestRegistry registry = GuestRegistry.Open(image);
        return
        [
            .. new[] { "HKLM:\\SYSTEM", "HKLM:\\SOFTWARE", "HKLM:\\SECURITY", "HKLM:\\BCD00000000" }.SelectMany(key => Try(() => registry.Find(key, name: null, recurse: true)
                .Select(found => found.Value is { } value ? JsonSerializer.Serialize(value, Json) : found.Problem!.Message).ToArray()))
                .Select(line => Text(image, line)),
        ];
    }

    /// <summary>What both purposes are judged by, and what came of it.</summary>
    public static string Findings(OpenedImage image)
    {
        OfflineGuest guest = OfflineGuest.Open(image);
        ReadinessReport report = ReadinessCheck.Run(guest);
        return Text(image, JsonSerializer.Serialize(
            report with { Disk = report.Disk is { } disk ? disk with { AllocatedBytes = 0 } : null, StartTime = default, Duration = default }, Json));
    }

    private static IReadOnlyList<string> Try(Func<string[]> list)
    {
        try
        {
            return list();
        }
        catch (IOException exception)
        {
            return [exception.Message];
        }
    }

    private static string Text(OpenedImage image, string text)
        => text.Replace(JsonEncodedText.Encode(image.Name).Value, "DISK", StringComparison.Ordinal).Replace(image.Name, "DISK", StringComparison.Ordinal)
            .Replace($"\"Name\": \"{Path.GetFileName(image.Name)}\"", "\"Name\": \"NAME\"", StringComparison.Ordinal);
}
