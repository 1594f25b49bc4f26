namespace AzImageTools.Choices;

/// <summary>Processor architectures, by Azure's names.</summary>
public enum CpuArchitecture
{
    /// <summary>Of Intel and AMD.</summary>
    x64,

    /// <summary>Of ARM.</summary>
    Arm64,
}
