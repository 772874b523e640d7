/** Generated from openapi.json by `make api-types`; not to be edited. SHA-256 of it: 0f33b75f4e298a47c116cbd8ee0896ce53ada094285773a54e06d767113bb1e4 */

export interface paths {
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Health
         * @description That the server answers, and with which models.
         */
        get: operations["health_api_health_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Models
         * @description Every model with its card, the default first.
         */
        get: operations["models_api_models_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/examples": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Examples
         * @description Synthetic images to try.
         */
        get: operations["examples_api_examples_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/examples/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Example
         * @description The bytes of an example image.
         */
        get: operations["example_api_examples__name__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Studies
         * @description The comparisons of models whose figures are here.
         */
        get: operations["studies_api_studies_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studies/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Study
         * @description The figures of one comparison.
         */
        get: operations["study_api_studies__name__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/predictions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Predict
         * @description One prediction a model asked for, in order; 422 when no model could assess the image.
         */
        post: operations["predict_api_predictions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decode Image
         * @description The pixels as they were decoded, for a viewer to window by itself.
         */
        post: operations["decode_image_api_images_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Baseline
         * @description What can be told without looking at a breast.
         */
        Baseline: {
            /** Value */
            value: number;
            /** Low */
            low: number;
            /** High */
            high: number;
            /**
             * Method
             * @description how the interval was made
             */
            method: string;
            /** Name */
            name: string;
        };
        /**
         * BreastCalibrator
         * @description score = 1 / (1 + exp(-(slope · ln(m / (1 - m)) + intercept))), m the mean of the views'.
         */
        BreastCalibrator: {
            /** Slope */
            slope: number;
            /** Intercept */
            intercept: number;
        };
        /**
         * CalibratedOn
         * @description Whom calibrator and operating points were fitted on, where they are not the training's.
         */
        CalibratedOn: {
            /** Dataset */
            dataset: string;
            /** Women */
            women: number;
            /** Images */
            images: number;
            /** Positive Share */
            positive_share: number;
        };
        /**
         * Calibration
         * @description Whether scores are shares.
         */
        Calibration: {
            /**
             * Unit
             * @enum {string}
             */
            unit: "image" | "breast" | "woman";
            /** N */
            n: number;
            /** N Positive */
            n_positive: number;
            /** N Patients */
            n_patients: number;
            /**
             * Ece
             * @description expected calibration error
             */
            ece: number;
            /** @description what a perfect calibration would have */
            perfect_ece: components["schemas"]["Estimate"];
            /** P */
            p: number;
            brier: components["schemas"]["Estimate"];
            slope: components["schemas"]["Estimate"] | null;
            intercept: components["schemas"]["Estimate"] | null;
            /** Bins */
            bins: components["schemas"]["ReliabilityBin"][];
        };
        /**
         * Confusion
         * @description Truth against verdict; of several seeds the mean counts.
         */
        Confusion: {
            /**
             * Unit
             * @enum {string}
             */
            unit: "image" | "breast" | "woman";
            /** N */
            n: number;
            /** N Positive */
            n_positive: number;
            /** N Patients */
            n_patients: number;
            /** Mean Of Seeds */
            mean_of_seeds: number;
            /** True Negative */
            true_negative: number;
            /** False Positive */
            false_positive: number;
            /** False Negative */
            false_negative: number;
            /** True Positive */
            true_positive: number;
        };
        /**
         * Cost
         * @description What an answer costs on the machine that is named.
         */
        Cost: {
            /** Graph Bytes */
            graph_bytes: number;
            /** Latency P50 Ms */
            latency_p50_ms: number;
            /** Latency P95 Ms */
            latency_p95_ms: number;
            /** Latency Runs */
            latency_runs: number;
            /** Threads */
            threads: number;
            /** Peak Memory Bytes */
            peak_memory_bytes: number;
            /** Cold Start S */
            cold_start_s: number;
            /** Machine */
            machine: string;
        };
        /**
         * Counts
         * @description Who chose a model's settings, or tested it.
         */
        Counts: {
            /** Women */
            women: number;
            /** Images */
            images: number;
            /**
             * Folds
             * @description each was judged by a network of the other folds
             */
            folds?: number | null;
        };
        /**
         * Course
         * @description A measure over the epochs, of a model's networks; null where none has it.
         */
        Course: {
            /** Mean */
            mean: (number | null)[];
            /** Least */
            least: (number | null)[];
            /** Most */
            most: (number | null)[];
        };
        /**
         * Difference
         * @description The AUC of one model minus that of the other, on the same women.
         */
        Difference: {
            /** Value */
            value: number;
            /** Low */
            low: number;
            /** High */
            high: number;
            /**
             * Method
             * @description how the interval was made
             */
            method: string;
            /** One */
            one: string;
            /** Other */
            other: string;
            /** May Be Noise */
            may_be_noise: boolean;
        };
        /**
         * Epochs
         * @description How long the shortest and the longest training of a model took.
         */
        Epochs: {
            /** Least */
            least: number;
            /** Most */
            most: number;
        };
        /**
         * Estimate
         * @description A figure with its interval.
         */
        Estimate: {
            /** Value */
            value: number;
            /** Low */
            low: number;
            /** High */
            high: number;
            /**
             * Method
             * @description how the interval was made
             */
            method: string;
        };
        /**
         * EvidenceMap
         * @description What moved the score: signed; mean(grid) + bias is the logit that gave it.
         */
        EvidenceMap: {
            /**
             * Grid
             * @description row by row
             */
            grid: number[][];
            /**
             * Scale
             * @description the fixed end of the colour scale, the same for every image
             */
            scale: number;
            geometry: components["schemas"]["MapGeometry"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            method: "evidence";
            /**
             * Unit
             * @constant
             */
            unit: "logit";
            /** Bias */
            bias: number;
        };
        /**
         * Example
         * @description An example image to try.
         */
        Example: {
            /** Name */
            name: string;
            /** Title */
            title: string;
            /** Url */
            url: string;
            /** Media Type */
            media_type: string;
            /** @description what it is a view of; null where it stands alone */
            exam: components["schemas"]["ExampleExam"] | null;
        };
        /**
         * ExampleExam
         * @description An exam that examples are views of.
         */
        ExampleExam: {
            /** Name */
            name: string;
            /** Title */
            title: string;
        };
        /**
         * Figure
         * @description How a model does on women that it has not seen.
         */
        Figure: {
            /**
             * Unit
             * @enum {string}
             */
            unit: "image" | "breast" | "woman";
            /** N */
            n: number;
            /** N Positive */
            n_positive: number;
            /** N Patients */
            n_patients: number;
            /** Metrics */
            metrics: {
                [key: string]: components["schemas"]["Estimate"];
            };
        };
        /** HTTPValidationError */
        HTTPValidationError: {
            /** Detail */
            detail?: components["schemas"]["ValidationError"][];
        };
        /**
         * Health
         * @description That the server answers, and with which models.
         */
        Health: {
            /**
             * Status
             * @constant
             */
            status: "ok";
            /** Version */
            version: string;
            /**
             * Models
             * @description name@version
             */
            models: string[];
        };
        /**
         * Image
         * @description What is told of an image: nothing in it names a person or a file.
         */
        Image: {
            /** Rows */
            rows: number;
            /** Columns */
            columns: number;
            /** Laterality */
            laterality: ("L" | "R") | null;
            /** View */
            view: string | null;
            /**
             * Spacing Mm
             * @description row, column
             */
            spacing_mm: [
                number,
                number
            ] | null;
            /**
             * Pixel Aspect
             * @description height of a pixel / its width
             */
            pixel_aspect: number;
            /**
             * Modality
             * @enum {string}
             */
            modality: "mammogram" | "histology";
            source: components["schemas"]["Source"];
        };
        /**
         * MapGeometry
         * @description Image pixels of the grid's outer edges; left > right where the model saw it mirrored.
         */
        MapGeometry: {
            /** Left */
            left: number;
            /** Top */
            top: number;
            /** Right */
            right: number;
            /** Bottom */
            bottom: number;
        };
        /**
         * MembershipMap
         * @description How far a cell belongs to the segmented cluster, from 0 to 1.
         *
         *     What was segmented, not what moved the score.
         */
        MembershipMap: {
            /**
             * Grid
             * @description row by row
             */
            grid: number[][];
            /**
             * Scale
             * @description the fixed end of the colour scale, the same for every image
             */
            scale: number;
            geometry: components["schemas"]["MapGeometry"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            method: "membership";
            /**
             * Unit
             * @constant
             */
            unit: "membership";
            /** Bias */
            bias: null;
        };
        /**
         * ModelCard
         * @description What a person should know of a model.
         */
        ModelCard: {
            /** Title */
            title: string;
            /** Architecture */
            architecture: string;
            /** License */
            license: string;
            trained_on: components["schemas"]["TrainedOn"];
            calibrated_on?: components["schemas"]["CalibratedOn"] | null;
            /** Limits */
            limits: string[];
            /**
             * Explanation
             * @description how coarse the map is
             */
            explanation: string;
            /** Figures */
            figures: components["schemas"]["Figure"][];
            /** Parameters */
            parameters?: number | null;
            /** @description whose images chose epoch, calibrator and operating points */
            chosen_on?: components["schemas"]["Counts"] | null;
            tested_on?: components["schemas"]["Counts"] | null;
            /**
             * Baselines
             * @description what is told without looking at a breast
             */
            baselines?: {
                [key: string]: components["schemas"]["Estimate"];
            } | null;
            training?: components["schemas"]["Training"] | null;
            /** Split Digest */
            split_digest?: string | null;
            /** Versions */
            versions?: {
                [key: string]: string;
            } | null;
        };
        /**
         * Models
         * @description Every model that this server answers with, the default first.
         */
        Models: {
            /**
             * Default
             * @description null where there is none
             */
            default: string | null;
            /** Notice */
            notice: string;
            /** Models */
            models: components["schemas"]["PublishedModel"][];
        };
        /**
         * OcclusionMap
         * @description How far the logit falls when a cell is covered: signed; the cells do not add up to it.
         */
        OcclusionMap: {
            /**
             * Grid
             * @description row by row
             */
            grid: number[][];
            /**
             * Scale
             * @description the fixed end of the colour scale, the same for every image
             */
            scale: number;
            geometry: components["schemas"]["MapGeometry"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            method: "occlusion";
            /**
             * Unit
             * @constant
             */
            unit: "logit";
            /** Bias */
            bias: null;
        };
        /**
         * OperatingPoint
         * @description A threshold on the calibrated score, and how it does on test images.
         */
        OperatingPoint: {
            /** Name */
            name: string;
            /** Threshold */
            threshold: number;
            sensitivity: components["schemas"]["Estimate"];
            specificity: components["schemas"]["Estimate"];
        };
        /**
         * Prediction
         * @description One model's answer.
         */
        Prediction: {
            /**
             * Model
             * @description name@version
             */
            model: string;
            /**
             * Score
             * @description null for 'cannot assess'
             */
            score: number | null;
            /** Scores */
            scores: {
                [key: string]: number;
            };
            /**
             * Verdict
             * @enum {string}
             */
            verdict: "suspicious" | "not suspicious" | "cannot assess";
            /** Reason */
            reason: string | null;
            operating_point: components["schemas"]["OperatingPoint"];
            /** Warnings */
            warnings: string[];
            /** Milliseconds */
            milliseconds: {
                [key: string]: number;
            };
            /**
             * Precision
             * @description of the arithmetic that gave the score
             * @enum {string}
             */
            precision: "float32" | "bfloat16" | "int8";
            /** Heatmap */
            heatmap: (components["schemas"]["EvidenceMap"] | components["schemas"]["OcclusionMap"] | components["schemas"]["MembershipMap"]) | null;
        };
        /**
         * Problem
         * @description RFC 9457: what went wrong.
         */
        Problem: {
            /** Type */
            type: string;
            /** Title */
            title: string;
            /** Status */
            status: number;
            /** Detail */
            detail: string;
        };
        /**
         * PublishedModel
         * @description A model that this server answers with.
         */
        PublishedModel: {
            /** Name */
            name: string;
            /** Version */
            version: string;
            /**
             * Modality
             * @description what it reads; one request asks models of one
             * @enum {string}
             */
            modality: "mammogram" | "histology";
            /** Task */
            task: string;
            /** Classes */
            classes: string[];
            /**
             * Positive
             * @description the class whose score is the score
             */
            positive: string;
            /**
             * Explained By
             * @description the method of its map
             * @enum {string}
             */
            explained_by: "evidence" | "occlusion" | "membership";
            /**
             * Precision
             * @description of the arithmetic that it answers in here
             * @enum {string}
             */
            precision: "float32" | "bfloat16" | "int8";
            /**
             * Calibrated By
             * @description the form in which the logit becomes the score
             */
            calibrated_by?: ("affine" | "isotonic") | null;
            /** @description what makes a breast's score of two views or more; null: their mean is it */
            breast_calibrator?: components["schemas"]["BreastCalibrator"] | null;
            /**
             * Digests
             * @description file → SHA-256
             */
            digests?: {
                [key: string]: string;
            } | null;
            card: components["schemas"]["ModelCard"];
            /**
             * Operating Points
             * @description the first is the default
             */
            operating_points: components["schemas"]["OperatingPoint"][];
        };
        /**
         * Reading
         * @description What each model says of an image, in the order asked.
         */
        Reading: {
            /** Notice */
            notice: string;
            image: components["schemas"]["Image"];
            /** Predictions */
            predictions: components["schemas"]["Prediction"][];
        };
        /**
         * ReliabilityBin
         * @description Test images of like score.
         */
        ReliabilityBin: {
            /** N Of Bin */
            n_of_bin: number;
            /**
             * Score
             * @description the mean of the bin
             */
            score: number;
            /** @description the share of positives */
            positives: components["schemas"]["Estimate"];
        };
        /**
         * Roc
         * @description A curve a model and seed, from (0, 0) to (1, 1).
         */
        Roc: {
            /** Model */
            model: string;
            /** One Minus Specificity */
            one_minus_specificity: number[];
            /** Sensitivity */
            sensitivity: number[];
        };
        /**
         * Source
         * @description How the pixels came out of the file.
         */
        Source: {
            /**
             * Format
             * @enum {string}
             */
            format: "dicom" | "pgm" | "png" | "jpeg" | "tiff" | "array";
            /** Bits */
            bits: number;
            /** Transfer Syntax */
            transfer_syntax: string | null;
            /** Steps */
            steps: string[];
        };
        /**
         * Study
         * @description The figures of one comparison; nothing in it is of a single woman.
         */
        Study: {
            /**
             * Schema
             * @constant
             */
            schema: 1;
            /** Name */
            name: string;
            /** Notice */
            notice: string;
            data: components["schemas"]["StudyData"];
            /**
             * Unit
             * @description by which it judges
             * @enum {string}
             */
            unit: "image" | "breast" | "woman";
            /** Tested */
            tested: components["schemas"]["Tested"][];
            /**
             * Verdict
             * @description what the comparison says, in English
             */
            verdict: string;
            /** Models */
            models: components["schemas"]["StudyModel"][];
            /** Differences */
            differences: components["schemas"]["Difference"][];
            /** Baselines */
            baselines: components["schemas"]["Baseline"][];
            /**
             * Curves
             * @description empty where the report holds none
             */
            curves: components["schemas"]["TrainingCurves"][];
            /**
             * Roc
             * @description empty where the report holds none
             */
            roc: components["schemas"]["Roc"][];
        };
        /**
         * StudyData
         * @description What the women of a study were asked about.
         */
        StudyData: {
            /** Name */
            name: string;
            /** Source */
            source: string;
            /** License */
            license: string;
            /** Task */
            task: string;
            /** Positive */
            positive: string;
            /** Classes */
            classes: string[];
            /**
             * Modality
             * @enum {string}
             */
            modality: "mammogram" | "histology";
            /** Split Digest */
            split_digest: string;
        };
        /**
         * StudyModel
         * @description One model of a study.
         */
        StudyModel: {
            /** Name */
            name: string;
            /** Title */
            title: string;
            /**
             * Start
             * @description of its weights
             */
            start: string;
            /** Preprocessing */
            preprocessing: string | null;
            /** Folds */
            folds: number;
            /** Networks */
            networks: number;
            epochs: components["schemas"]["Epochs"] | null;
            /** Parameters */
            parameters: number | null;
            /** Training Seconds */
            training_seconds: number | null;
            /** Training Device */
            training_device: string | null;
            /** @description null where none was measured */
            cost: components["schemas"]["Cost"] | null;
            /** Figures */
            figures: components["schemas"]["Figure"][];
            confusion: components["schemas"]["Confusion"];
            /** Limits */
            limits: string[] | null;
            /** @description null where the report holds none */
            calibration: components["schemas"]["Calibration"] | null;
        };
        /**
         * StudySummary
         * @description One line on a study.
         */
        StudySummary: {
            /** Name */
            name: string;
            /** Dataset */
            dataset: string;
            /** Positive */
            positive: string;
            /**
             * Unit
             * @description by which it judges
             * @enum {string}
             */
            unit: "image" | "breast" | "woman";
            /** Models */
            models: string[];
        };
        /**
         * Tested
         * @description How many were tested; every model of a study on the same.
         */
        Tested: {
            /**
             * Unit
             * @enum {string}
             */
            unit: "image" | "breast" | "woman";
            /** N */
            n: number;
            /** N Positive */
            n_positive: number;
            /** N Patients */
            n_patients: number;
        };
        /**
         * TrainedOn
         * @description What a model has seen.
         */
        TrainedOn: {
            /** Dataset */
            dataset: string;
            /** Source */
            source: string;
            /** Women */
            women: number;
            /** Images */
            images: number;
            /**
             * Positive Share
             * @description of the training images, those of the positive class
             */
            positive_share?: number | null;
            /**
             * Start
             * @description of the weights
             */
            start?: string | null;
        };
        /**
         * Training
         * @description How a model's network was trained.
         */
        Training: {
            /** Seconds */
            seconds: number;
            /** Epochs */
            epochs: number;
            /** Best Epoch */
            best_epoch: number;
            /** Seed */
            seed: number;
        };
        /**
         * TrainingCurves
         * @description Loss and accuracy of a model's networks over the epochs.
         */
        TrainingCurves: {
            /** Model */
            model: string;
            /** Networks */
            networks: number;
            /** Epochs */
            epochs: number[];
            loss: components["schemas"]["Course"];
            accuracy: components["schemas"]["Course"];
            val_loss: components["schemas"]["Course"];
            val_accuracy: components["schemas"]["Course"];
        };
        /**
         * Unassessed
         * @description No model could assess the image: the reading says why, model by model.
         */
        Unassessed: {
            /** Type */
            type: string;
            /** Title */
            title: string;
            /** Status */
            status: number;
            /** Detail */
            detail: string;
            /** Notice */
            notice: string;
            image: components["schemas"]["Image"];
            /** Predictions */
            predictions: components["schemas"]["Prediction"][];
        };
        /** ValidationError */
        ValidationError: {
            /** Location */
            loc: (string | number)[];
            /** Message */
            msg: string;
            /** Error Type */
            type: string;
            /** Input */
            input?: unknown;
            /** Context */
            ctx?: Record<string, never>;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    health_api_health_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    models_api_models_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Models"];
                };
            };
            /** @description The request is malformed; The server does not go by this name; A key stands in the address; The models read different kinds of picture */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A key that is in force is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another site's page may not send this; The key is not for this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used too often */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server is busy; The server cannot read its keys; The answer cannot be logged */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    examples_api_examples_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Example"][];
                };
            };
            /** @description The request is malformed; The server does not go by this name; A key stands in the address; The models read different kinds of picture */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A key that is in force is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another site's page may not send this; The key is not for this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used too often */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server is busy; The server cannot read its keys; The answer cannot be logged */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    example_api_examples__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is malformed; The server does not go by this name; A key stands in the address; The models read different kinds of picture */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A key that is in force is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another site's page may not send this; The key is not for this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nothing is here; No such model */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HTTPValidationError"];
                };
            };
            /** @description The key is used too often */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server is busy; The server cannot read its keys; The answer cannot be logged */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    studies_api_studies_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StudySummary"][];
                };
            };
            /** @description The request is malformed; The server does not go by this name; A key stands in the address; The models read different kinds of picture */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A key that is in force is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another site's page may not send this; The key is not for this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used too often */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server is busy; The server cannot read its keys; The answer cannot be logged */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    study_api_studies__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Study"];
                };
            };
            /** @description The request is malformed; The server does not go by this name; A key stands in the address; The models read different kinds of picture */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A key that is in force is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another site's page may not send this; The key is not for this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nothing is here; No such model */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HTTPValidationError"];
                };
            };
            /** @description The key is used too often */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server is busy; The server cannot read its keys; The answer cannot be logged */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    predict_api_predictions_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /**
                     * Format: binary
                     * @description DICOM, PNG, JPEG, TIFF or PGM
                     */
                    file: string;
                    /** @description name or name@version, one part each, all of one modality, which the file is read as; the default model where there is none */
                    model?: string[];
                    /**
                     * @description what else to answer
                     * @enum {string}
                     */
                    include?: "heatmap";
                    /** @description true height / width of the image, where the file does not tell */
                    aspect?: number;
                    /** @description which of a DICOM's windows to show it in; the first, 0, where there is none */
                    window?: number;
                };
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reading"];
                };
            };
            /** @description The request is malformed; The server does not go by this name; A key stands in the address; The models read different kinds of picture */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A key that is in force is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another site's page may not send this; The key is not for this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nothing is here; No such model */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The upload took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The upload is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not an image of a kind that is read; The body is not multipart/form-data */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The image cannot be decoded; No model could assess the image */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] | components["schemas"]["Unassessed"];
                };
            };
            /** @description The key is used too often */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server is busy; The server cannot read its keys; The answer cannot be logged */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    decode_image_api_images_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /**
                     * Format: binary
                     * @description DICOM, PNG, JPEG, TIFF or PGM
                     */
                    file: string;
                    /**
                     * @description what kind of picture it is read as: that of the models that are to judge it
                     * @default mammogram
                     * @enum {string}
                     */
                    modality?: "mammogram" | "histology";
                    /** @description true height / width of the image, where the file does not tell */
                    aspect?: number;
                    /** @description which of a DICOM's windows to show it in; the first, 0, where there is none */
                    window?: number;
                };
            };
        };
        responses: {
            /** @description uint32 n, n bytes of JSON (an Image with `warnings` and `channels`, 1 for gray or 3 for RGB), then rows × columns × channels uint16, little-endian: 0 to 65535, bright = dense */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description The request is malformed; The server does not go by this name; A key stands in the address; The models read different kinds of picture */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A key that is in force is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another site's page may not send this; The key is not for this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The upload took too long */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The upload is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not an image of a kind that is read; The body is not multipart/form-data */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The image cannot be decoded; No model could assess the image */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key is used too often */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The server is busy; The server cannot read its keys; The answer cannot be logged */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
