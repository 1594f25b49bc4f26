using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Conversion.FreeSpace;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Target;

namespace AzImageTools.Services.Upload;

/// <summary>Looks at a disk before its upload: whether Azure takes it, whether it is what it is said to be, and whether it will run there.</summary>
internal static class SourceInspection
{
    /// <summary>Opens the disk and looks at it.</summary>
    /// <returns>What was found, with the disk, which is open as long as the upload may need it.</returns>
    /// <exception cref="IOException">The file is not there, can't be read, or is no disk image (<see cref="DiskFormatException"/>).</exception>
    /// <exception cref="ImageServiceException">Azure does not take the disk, it is not what the request says, or not ready though it has to be.</exception>
    public static UploadSourceInfo Run(UploadRequest request, OperationContext context)
    {
        OpenedImage image = OpenedImage.Open(request.Path, (request.DiskOptions ?? new VirtualDiskOptions()) with { ReadsAll = true }, context.Cancellation);
        try
        {
            return Run(image, request, context);
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    private static UploadSourceInfo Run(OpenedImage image, UploadRequest request, OperationContext context)
    {
        DiskInfo disk = image.Info;
        if (!disk.IsUploadable)
        {
            throw new ImageServiceException(
                "DiskNotUploadable", ErrorKind.NotSupported, $"The disk {disk.Path} can't be uploaded. {string.Join(" ", disk.UploadBlockers)}", string.Empty, disk.Path);
        }

        foreach (string problem in disk.Problems)
        {
            context.Log.Warning($"{disk.Path}: {problem}");
        }

        if (disk.NewerCheckpoint is not null)
        {
            context.Log.Warning($"The checkpoint {disk.NewerCheckpoint} holds a newer state than {disk.Path}, which is uploaded without it.");
        }

        ManagedDiskTarget? target = request.Target as ManagedDiskTarget;
        string? generation = GenerationOf(disk, target?.HyperVGeneration);
        RequireBootsWith(target?.SecurityType, generation, disk);
        Judge(image, request.Readiness, generation, context);
        FreeSpaceFilter? freeSpace = request.SkipFreeSpace ? image.FreeSpace : null;
        foreach (string warning in freeSpace?.Warnings ?? [])
        {
            context.Log.Warning($"{disk.Path}: {warning}");
        }

        long dataLength = freeSpace is null ? disk.AllocatedBytes : freeSpace.GetExtents(0, freeSpace.Length).Sum(static extent => extent.Length);
        long length = FixedVhdImage.RoundUp(disk.Capacity) + FixedVhdImage.FooterSize;
        context.Log.Verbose(
            $"{disk.Path}: read as {disk.Format} {disk.SubFormat}, {disk.Guest?.ToString() ?? "no system recognised"}; generation {generation ?? "not known"}"
            + $"{(target?.HyperVGeneration is null ? $", as it boots as {disk.SupportedGenerations}" : ", as asked for")}; becomes a fixed VHD of {ByteSize.Format(length)}.");
        return new UploadSourceInfo(disk.Path, disk.Format, length, dataLength, OsTypeOf(disk, target?.OsType), generation)
        {
            Architecture = Agree(disk, "processor architecture", ArchitectureOf(disk.Guest), target?.Architecture, "-Architecture"),
            Image = image,
            Identity = SourceIdentity.Of(image.Disk!),
            FreeSpace = freeSpace?.Volumes ?? [],
            BytesSkippedAsFree = freeSpace?.BytesSkipped ?? 0,
            FreeSpaceSummary = freeSpace?.Summary,
        };
    }

    /// <summary>As Azure names it; null for one that Azure has no machines for, or that is not known.</summary>
    private static string? ArchitectureOf(GuestIdentity? guest)
        => string.Equals(guest?.Architecture, "x64", StringComparison.OrdinalIgnoreCase) ? "x64"
            : string.Equals(guest?.Architecture, "arm64", StringComparison.OrdinalIgnoreCase) ? "Arm64"
            : null;

    private static string? OsTypeOf(DiskInfo disk, string? given)
    {
        string? found = disk.Guest?.Family is GuestFamily.Windows or GuestFamily.Linux ? disk.Guest.Family.ToString() : null;
        return Agree(disk, "operating system", found, given, "-OsType");
    }

    /// <summary>The generation given, if the disk boots so; else V2 where it boots both ways.</summary>
    private static string? GenerationOf(DiskInfo disk, string? given)
    {
        VmGenerations supported = disk.SupportedGenerations;
        VmGenerations wanted = string.Equals(given, "V1", StringComparison.OrdinalIgnoreCase) ? VmGenerations.V1 : VmGenerations.V2;
        string? found = supported.HasFlag(VmGenerations.V2) ? "V2" : supported.HasFlag(VmGenerations.V1) ? "V1" : null;
        return given is not null && supported.HasFlag(wanted) ? given : Agree(disk, "virtual machine generation", found, given, "-HyperVGeneration");
    }

    /// <summary>Trusted Launch is for machines of generation 2 (Microsoft Learn, "Trusted Launch for Azure virtual machines").</summary>
    private static void RequireBootsWith(string? securityType, string? generation, DiskInfo disk)
    {
        if (string.Equals(securityType, "TrustedLaunch", StringComparison.OrdinalIgnoreCase) && string.Equals(generation, "V1", StringComparison.OrdinalIgnoreCase))
        {
            throw new ImageServiceException(
                "DiskContradicts",
                ErrorKind.InvalidArgument,
                $"The disk {disk.Path} boots in virtual machines of generation V1 only, and Trusted Launch needs V2.",
                "Leave -SecurityType away, or give another disk.",
                disk.Path);
        }
    }

    private static string? Agree(DiskInfo disk, string what, string? found, string? given, string parameter)
        => found is null || given is null || string.Equals(found, given, StringComparison.OrdinalIgnoreCase)
            ? given ?? found
            : throw new ImageServiceException(
                "DiskContradicts",
                ErrorKind.InvalidArgument,
                $"The {what} of the disk {disk.Path} is {found}, not {given}.",
                $"Leave {parameter} away, or give another disk.",
                disk.Path);

    private static void Judge(OpenedImage image, UploadReadiness readiness, string? generation, OperationContext context)
    {
        if (readiness == UploadReadiness.None)
        {
            context.Log.Verbose($"{image.Name}: -Readiness None was given: nobody looks whether it will run in Azure.");
            return;
        }

        ReadinessOptions options = new()
        {
            Purpose = ReadinessPurpose.AzureUpload,
            Generation = generation is null ? null : string.Equals(generation, "V1", StringComparison.OrdinalIgnoreCase) ? 1 : 2,
            TimeProvider = context.Time,
        };
        using OfflineGuest guest = OfflineGuest.Open(image);
        ReadinessReport report = ReadinessCheck.Run(guest, options, context.Cancellation);
        List<Finding> failing = [.. report.Blockers, .. report.Warnings];
        context.Log.Verbose($"{image.Name}: {report.Summary}");
        if (readiness == UploadReadiness.Require && report.Verdict != ReadinessVerdict.Ready)
        {
            throw new ImageServiceException(
                "DiskNotReady",
                ErrorKind.InvalidState,
                $"The disk {image.Name} is {report.Verdict}. {string.Join(" ", report.Findings.Where(StandsInTheWay).Select(Describe).Concat(report.Problems))}",
                "Test-SysprepReadiness gives the details; -Readiness Warn uploads the disk all the same.",
                image.Name);
        }

        foreach (Finding finding in failing)
        {
            context.Log.Warning($"{Path.GetFileName(image.Name)}: {Describe(finding)} Remedy: {finding.Remedy}");
        }
    }

    private static bool StandsInTheWay(Finding finding) => finding is { Severity: FindingSeverity.Blocker, Result: FindingResult.Fail or FindingResult.Undetermined };

    /// <summary>A rule's title tells what should be the case.</summary>
    private static string Describe(Finding finding)
        => $"{finding.Id} is {(finding.Result == FindingResult.Undetermined ? "undetermined" : "not met")}: {finding.Title}.";
}
