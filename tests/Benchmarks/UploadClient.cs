namespace AzImageTools.Benchmarks;

/// <summary>Something that uploads a disk, in one or several processes.</summary>
/// <param name="Name">The table's column.</param>
/// <param name="Steps">The programs with their arguments, run one after the other.</param>
/// <param name="WallGoal">How many times the engine's time it should take at least; null for no goal.</param>
/// <param name="CpuGoal">The same of its processor time.</param>
internal sealed record UploadClient(string Name, (string Program, string[] Arguments)[] Steps, double? WallGoal = null, double? CpuGoal = null)
{
    public const string Az = "az";
    public const string AzCopy = "azcopy";
    private const string QemuImg = "qemu-img";

    public static UploadClient Engine(string source) => new("engine", [(Environment.ProcessPath!, [UploadProcess.Mode, source])]);

    public static (string Program, string[] Arguments) AzStep(string source, UploadAddress address) => (
        Az,
        ["storage", "blob", "upload", "--type", "page", "--file", source, "--container-name", UploadAddress.Container, "--name", UploadAddress.Blob,
            "--connection-string", address.ConnectionString, "--overwrite", "--no-progress", "--output", "none"]);

    public static (string Program, string[] Arguments) AzCopyStep(string source, UploadAddress address)
        => (AzCopy, ["copy", source, address.Sas, "--blob-type", "PageBlob", "--from-to", "LocalBlob", "--output-level", "quiet", "--log-level", "NONE"]);

    public static (string Program, string[] Arguments) QemuStep(string source, string destination)
        => (QemuImg, ["convert", "-f", "vhdx", "-O", "vpc", "-o", "subformat=fixed,force_size=on", source, destination]);

    /// <summary>Runs it once: the time of all its programs, the memory of the largest.</summary>
    public Measurement Take()
    {
        Measurement[] steps = [.. Steps.Select(step => Measurement.Take(step.Program, step.Arguments))];
        return new Measurement(steps.Sum(step => step.Wall), steps.Sum(step => step.Cpu), steps.Max(step => step.PeakMemory), steps[^1].Output);
    }
}
