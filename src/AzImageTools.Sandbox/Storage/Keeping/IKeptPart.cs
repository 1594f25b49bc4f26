using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Storage.Keeping;

/// <summary>A part of the cloud's state that is kept in a folder. Called under the cloud's lock.</summary>
internal interface IKeptPart
{
    /// <summary>What it is called in the file; never to be changed.</summary>
    string Name { get; }

    /// <summary>Tells all that is to be kept.</summary>
    JsonNode Save();

    /// <summary>Takes over what was kept, into a cloud that holds nothing yet. May throw whatever a damaged document makes it.</summary>
    void Load(JsonNode saved);
}
